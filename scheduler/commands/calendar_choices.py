"""The choices about calendars that `plan` and `calendars` share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from scheduler.calendars.export import CalendarOptions

Command = Callable[..., Any]
_OPTIONS = (
    click.option(
        "--detailed", is_flag=True,
        help="Calendars name events and drugs, and say whole sentences.",
    ),
    click.option(
        "--planned", is_flag=True,
        help="Calendars show recommended days too; they move from day to day.",
    ),
    click.option("--no-alarms", is_flag=True, help="Calendars without reminders."),
    click.option("--site-alarms", is_flag=True, help="Reminders in the sites' calendars too."),
    click.option(
        "--milestones-only", is_flag=True, help="Only dates and windows of milestones in calendars."
    ),
    click.option(
        "--questions", is_flag=True, help="Open questions too, on the last day an answer helps."
    ),
    click.option(
        "--restrictions", is_flag=True,
        help="Restrictions over more than a month too, such as contraception.",
    ),
    click.option(
        "--booked-windows", is_flag=True, help="The windows of steps that are booked already too."
    ),
)  # fmt: skip


def calendar_options(command: Command) -> Command:
    """Add the choices to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def options_of(participants: tuple[str, ...], **chosen: bool) -> "CalendarOptions":
    """The choices as the calendars take them."""
    from scheduler.calendars.export import CalendarOptions

    return CalendarOptions(participants=participants or None, **chosen)
