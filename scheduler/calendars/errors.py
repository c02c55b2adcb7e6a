"""What goes wrong with calendars, with a stable code each."""

from __future__ import annotations

from scheduler.errors import WashoutError


class CalendarError(WashoutError):
    """A calendar cannot be read, written or sent, and why; ``code`` is stable."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code beside the sentence that is printed."""
        super().__init__(f"{code} {message}")
        self.code = code
