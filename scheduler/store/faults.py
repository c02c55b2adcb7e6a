"""What a store refuses, each with a sentence that a person can act on."""

from collections.abc import Mapping

from scheduler.errors import WashoutError


class StoreFault(WashoutError):
    """The root of what a store refuses."""


class StoreMissing(StoreFault):
    """There is no store at the place, or it is none."""


class StoreClosed(StoreFault):
    """The store cannot be read or written now; nothing of the change was kept."""


class StoreBusy(StoreClosed):
    """Another program holds the store; trying again may help."""


class RowGone(StoreFault):
    """No such row, or it is void."""


class ReasonNeeded(StoreFault):
    """A correction or a voiding without a reason."""


class RowChanged(StoreFault):
    """Somebody else has changed the row since it was read; nothing was overwritten.

    `stored` are the cells that stand now, `version` their version, `wanted` those that were to be
    saved.
    """

    def __init__(
        self, table: str, row: int, version: int, stored: Mapping[str, str],
        wanted: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Both values, so that a person can choose."""
        self.table, self.row, self.version = table, row, version
        self.stored, self.wanted = dict(stored), dict(wanted)
        super().__init__(
            f"row {row} of {table} was changed by somebody else in the meantime (it is at version "
            f"{version} now); nothing was saved"
        )
