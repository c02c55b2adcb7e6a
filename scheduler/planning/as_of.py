"""The day that a plan is made on, as a date that compares with the columns of its tables."""

from collections.abc import Callable
from datetime import date, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any


class AsOf(date):
    """A date that pandas and NumPy compare with dates, as in `plan.windows["first"] >= day`.

    They refuse plain dates there. An object of a higher `__pandas_priority__`, or one without
    universal functions, is asked first.
    """

    __pandas_priority__ = 100_000
    __array_ufunc__ = None

    @classmethod
    def of(cls, day: date) -> "AsOf":
        """The same day."""
        return cls(day.year, day.month, day.day)

    def _compared(self, other: Any, how: Callable[[Any, Any], Any], plain: str) -> Any:
        if _many(other):
            return how(self._among(other), other)
        if isinstance(other, datetime):  # of pandas, mostly: midnight is the day itself
            return how(datetime(self.year, self.month, self.day), other)
        return getattr(date, plain)(self, other)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, lt, "__lt__")

    def __le__(self, other: Any) -> Any:
        return self._compared(other, le, "__le__")

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, gt, "__gt__")

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, ge, "__ge__")

    def __eq__(self, other: object) -> Any:
        return self._compared(other, eq, "__eq__")

    def __ne__(self, other: object) -> Any:
        return self._compared(other, ne, "__ne__")

    def __sub__(self, other: Any) -> Any:
        return self._stamp() - other if _many(other) else date.__sub__(self, other)

    def __rsub__(self, other: Any) -> Any:
        return other - self._stamp() if _many(other) else NotImplemented

    def _among(self, other: Any) -> Any:
        """The day as the cells of a column are: plain dates, or moments."""
        plain = getattr(getattr(other, "dtype", None), "kind", "") == "O"
        return date(self.year, self.month, self.day) if plain else self._stamp()

    def _stamp(self) -> Any:
        import pandas as pd  # whose column it is, so that it is there already

        return pd.Timestamp(self)

    __hash__ = date.__hash__


def _many(other: object) -> bool:
    """Whether something is a column, an array or a whole table."""
    return hasattr(other, "dtype") or hasattr(other, "dtypes")
