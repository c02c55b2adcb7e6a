"""Arguments that commands share, and how their faults are told."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from scheduler.errors import Fault, WashoutError

if TYPE_CHECKING:
    _DateType = click.ParamType[date]
else:
    _DateType = click.ParamType  # older versions of click have no type argument here


class DayType(_DateType):
    """A day written as 2026-06-15; anything else is wrong use."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that a text states."""
        if isinstance(value, date):
            return value
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                self.fail(f"found {value}, but there is no such day", param, ctx)
            if 1900 <= day.year <= 2100:
                return day
        self.fail(f"found {value}, expected a day such as 2026-06-15", param, ctx)


class Whole(click.IntRange):
    """A whole number in the digits 0 to 9, as in every file."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that a text states."""
        if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,9}", value):
            self.fail(f"found {value}, expected a whole number", param, ctx)
        return super().convert(value, param, ctx)


class MomentType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A day written as 2026-06-15, or with a time as "2026-06-15 10:30"; given on as a text."""

    name = "date[ time]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text, where it states a day."""
        day, _, time = str(value).strip().replace("T", " ").partition(" ")
        DayType().convert(day, param, ctx)
        if time and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", time.strip()):
            self.fail(f"found {value}, expected a time such as 10:30 after the day", param, ctx)
        return f"{day} {time.strip()}".strip()


class AsOfType(DayType):
    """A day, or `today`, which is resolved here and told."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that a text states."""
        if isinstance(value, str) and value.strip().lower() == "today":
            from scheduler.commands.daily import today

            return today()
        return super().convert(value, param, ctx)


as_of_option = click.option(
    "--as-of", type=AsOfType(), required=True,
    help="The day to plan for, or today; nothing else reads the clock.",
)  # fmt: skip
strict_option = click.option(
    "--strict", is_flag=True,
    help="What nobody recorded counts as unknown, not as absent: rules without any history row "
    "are undetermined.",
)  # fmt: skip
protocol_argument = click.argument("protocol", type=click.Path())
study_argument = click.argument("study", type=click.Path())


def tell_faults(faults: Sequence[Fault]) -> None:
    """Print faults on stderr, each as `CODE file:line path: found, expected`, warnings marked."""
    for fault in faults:
        tell_warnings([str(fault)]) if fault.warning else click.echo(str(fault), err=True)
    count = sum(not fault.warning for fault in faults)
    if count:
        click.echo(f"{count} fault{'' if count == 1 else 's'}; nothing was done", err=True)


def tell_warnings(warnings: Sequence[str]) -> None:
    """Print warnings on stderr."""
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def tell_error(error: WashoutError | OSError) -> None:
    """Print an error that is not a list of faults on stderr."""
    text = str(error)
    if isinstance(error, OSError) and error.filename:
        text = f"{error.filename}: {error.strerror}"
    click.echo(f"Error: {text}", err=True)
