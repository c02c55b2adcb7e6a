"""Rules that require, count or add up, straight from semantics.md: one day at a time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .exposures import Exposure, Row, cell
from .rules import NOTHING, Finding, Judged, Rule, _listed, exempt, weigh
from .times import INF, Interval, back, is_clock, needs_half_life, parse, parse_term, to_day

Counts = tuple[bool, bool]  # whether an exposure may count, and whether it must


class Required(Rule):
    """A rule that looks at all exposures of its events together."""

    @staticmethod
    def is_one(raw: Mapping[str, Any]) -> bool:
        """Whether a rule of the protocol is of this kind."""
        return bool({"require", "count", "total"} & raw.keys())

    def __init__(self, raw: Mapping[str, Any], protocol: Mapping[str, Any], participant: Row):
        super().__init__(raw, protocol, participant)
        amount = raw.get("count", raw.get("total", {}))
        self.events = _listed(raw.get("require", amount.get("of")))
        span = next((raw[k] for k in ("within", "clear", "covering", "since") if k in raw), None)
        self.duration = None if span is None else parse(span)
        self.hours = self.duration is not None and is_clock(self.duration)
        self.least = self._number(amount.get("at_least"))
        self.most = self._number(amount.get("at_most"))
        self.needs = "require" in raw or self.least is not None
        self.told = True
        self.decision = ""

    @staticmethod
    def _number(value: Any) -> int | None:
        if value is None:
            return None
        return int(value) if str(value).isdigit() else parse_term(str(value)).days

    def look_at(
        self, exposures: list[Exposure], rows: list[Row], decisions: list[Row], strict: bool
    ) -> None:
        """Collect the exposures; a rule that needs something is decided as a whole."""
        self.told = any(cell(row, "event") in self.events for row in rows)
        if not self.needs:
            super().look_at(exposures, rows, decisions, strict)
            return
        mine = [r for r in decisions if cell(r, "rule") == self.id]
        latest = max(mine, key=lambda r: (to_day(cell(r, "date")), cell(r, "decision")), default={})
        self.decision = cell(latest, "decision")
        for exposure in exposures:
            excepted = exempt(self.raw.get("except"), exposure.row)
            if exposure.event in self.events and not excepted:
                self.judged.append(Judged(exposure, excepted is None, self._half_life(exposure)))

    def on_day(self, day: int, clock: list[Interval]) -> Finding:
        """May it forbid its node on this day, and must it?"""
        if self.applies is False:
            return NOTHING
        if not self.needs:
            return self._too_much(day, clock)
        if self.decision == "clear":
            return NOTHING
        if not self.told:
            return True, False
        maybe, surely = self._met(day, clock)
        soft = self.applies is None or ("judgement" in self.raw and self.decision != "exclude")
        return not surely, not maybe and not soft

    def _too_much(self, day: int, clock: list[Interval]) -> Finding:
        assert self.most is not None
        if any(judged.exposure is None for judged in self.judged):
            return True, False  # strict, and nobody recorded anything
        if self.hours:
            found = [self._too_many_at_some_minute(alternative) for alternative in clock]
            return any(p for p, _ in found), all(c for _, c in found)
        number = self._days if "total" in self.raw else self._number_of
        return number(day, 0) > self.most, number(day, 1) > self.most

    def _met(self, day: int, clock: list[Interval]) -> Counts:
        if self.hours and "covering" in self.raw:
            found = [[self._covers_minutes(a, how) for how in (0, 1)] for a in clock]
            return any(p for p, _ in found), all(c for _, c in found)
        if self.hours and self.least is not None:
            each = [self._in_the_hours(judged, clock) for judged in self.judged]
            return tuple(sum(one[how] for one in each) >= self.least for how in (0, 1))  # type: ignore[return-value]
        if "covering" in self.raw:
            return self._covered(day, 0), self._covered(day, 1)
        if self.least is not None:
            number = self._days if "total" in self.raw else self._number_of
            return number(day, 0) >= self.least, number(day, 1) >= self.least
        found = [
            self._in_the_hours(judged, clock) if self.hours else self._counts(judged, day)
            for judged in self.judged
        ]
        return any(m for m, _ in found), any(s for _, s in found)

    # --- one exposure ------------------------------------------------------------------------

    def _counts(self, judged: Judged, m: int) -> Counts:
        """Does it count on day m: for some choice of what is unknown, and for every choice?"""
        short, long = self._lengths(judged.half_life)
        farther_helps = "within" in self.raw
        maybe = self._counts_with(judged, m, long if farther_helps else short)[0]
        surely = self._counts_with(judged, m, short if farther_helps else long)[1]
        return maybe, surely and not judged.soft

    def _counts_with(self, judged: Judged, m: int, half_life: Fraction | int) -> Finding:
        assert judged.exposure is not None
        days = judged.exposure.days
        if "at" in self.raw:
            return weigh(days, (m,), lambda s, t: s <= m <= t)
        if self.duration is None:  # ever before, or counted ever
            return weigh(days, (m,), lambda s, t: s <= m)
        far = back(m, self.duration, half_life)
        if "clear" in self.raw:
            return weigh(days, (far,), lambda s, t: t <= far)
        if "since" in self.raw:
            return weigh(days, (far,), lambda s, t: s <= far)
        if self.inclusive:
            return weigh(days, (m, far), lambda s, t: s <= m and t >= far)
        return weigh(days, (m, far), lambda s, t: s <= m and t > far)

    def _in_the_hours(self, judged: Judged, clock: list[Interval]) -> Counts:
        """It counts when it does at every minute of the day that the node may have."""
        assert judged.exposure is not None and self.duration is not None
        length = self.duration.minutes  # type: ignore[union-attr]

        def enough(m: int, s: int, t: int) -> bool:
            if "clear" in self.raw:
                return t <= m - length
            if "since" in self.raw:
                return s <= m - length
            return s <= m and (t >= m - length if self.inclusive else t > m - length)

        found = []
        for lo, hi in clock:
            edges = (lo, hi, lo - length, hi - length)
            found.append(
                weigh(
                    judged.exposure.minutes,
                    edges,
                    lambda s, t, lo=lo, hi=hi: enough(lo, s, t) and enough(hi, s, t),  # type: ignore[misc]
                )
            )
        maybe, surely = any(p for p, _ in found), all(c for _, c in found)
        return maybe, surely and not judged.soft

    def _number_of(self, day: int, how: int) -> int:
        return sum(self._counts(judged, day)[how] for judged in self.judged)

    # --- minutes that are weighed one by one ---------------------------------------------------

    def _turns(self, low: int, high: int, *steps: int) -> list[int]:
        """The minutes of an interval at which an answer may turn: its ends, and about each edge."""
        edges = {low, high}
        for judged in self.judged:
            assert judged.exposure is not None
            minutes = judged.exposure.minutes
            for ends in (*minutes.starts, *(minutes.ends or ())):
                edges |= {end + step + k for end in ends for step in steps for k in (-1, 0, 1)}
        return [m for m in sorted(edges) if low <= m <= high]

    def _too_many_at_some_minute(self, interval: Interval) -> Finding:
        assert self.duration is not None and self.most is not None
        length = self.duration.minutes  # type: ignore[union-attr]

        def number(m: int, how: int) -> int:
            far = m - length + (0 if self.inclusive else 1)
            return sum(
                weigh(j.exposure.minutes, (m, far), lambda s, t: s <= m and t >= far)[how]  # type: ignore[union-attr]
                and not (how and j.soft)
                for j in self.judged
            )

        turns = self._turns(*interval, 0, length)
        return tuple(any(number(m, how) > self.most for m in turns) for how in (0, 1))  # type: ignore[return-value]

    def _covers_minutes(self, interval: Interval, how: int) -> bool:
        """Is every minute covered that lies in the window of some minute of an interval?"""
        assert self.duration is not None
        length = self.duration.minutes  # type: ignore[union-attr]
        far = min(interval[0] - length + (0 if self.inclusive else 1), interval[0])

        def covered(m: int) -> bool:
            return any(
                weigh(j.exposure.minutes, (m,), lambda s, t: s <= m <= t)[how]  # type: ignore[union-attr]
                and not (how and j.soft)
                for j in self.judged
            )

        return all(covered(m) for m in self._turns(far, interval[1], 0))

    # --- days that are covered ---------------------------------------------------------------

    def _is_covered(self, day: int, how: int, by: list[Judged]) -> bool:
        """Does some exposure cover the day (0: for some choice, 1: for every choice)?"""
        for judged in by:
            assert judged.exposure is not None
            if how and judged.soft:
                continue
            if weigh(judged.exposure.days, (day,), lambda s, t: s <= day <= t)[how]:
                return True
        return False

    def _far(self, m: int, half_life: Fraction | int) -> int:
        """The first day of the window of day m, which always holds m itself."""
        assert self.duration is not None
        return min(back(m, self.duration, half_life) + (0 if self.inclusive else 1), m)

    def _days(self, m: int, how: int) -> int:
        """How many days count, each looked at as far back as some exposure's half-life says."""
        first = min([m, *(_earliest(j.exposure, m) for j in self.judged)])
        if self.duration is None:
            return sum(self._is_covered(d, how, self.judged) for d in range(first, m + 1))
        far = [(self._far(m, self._lengths(j.half_life)[not how]), j) for j in self.judged]
        return sum(
            self._is_covered(d, how, [j for begin, j in far if d >= begin])
            for d in range(first, m + 1)
        )

    def _covered(self, m: int, how: int) -> bool:
        """Is the window covered by exposures that count together: those of one half-life?"""
        if not needs_half_life(self.duration):
            return self._covered_by(self.judged, m, how, 0)
        unknown = [j for j in self.judged if j.half_life is None]
        for life in {j.half_life for j in self.judged} - {None}:
            assert life is not None
            some = [j for j in self.judged if j.half_life == life]
            if self._covered_by([*some, *(() if how else unknown)], m, how, life):
                return True
        if how:  # whatever each one's is
            return any(self._covered_by([j], m, how, INF) for j in unknown)
        return self._covered_by(unknown, m, how, 0)

    def _covered_by(self, by: list[Judged], m: int, how: int, half_life: Fraction | int) -> bool:
        """Is every day of the window covered, or in a hole that is short enough?"""
        pauses = self._number(self.raw.get("pauses")) or 0
        window = range(self._far(m, half_life), m + 1)
        return all(self._is_bridged(day, how, pauses, by) for day in window)

    def _is_bridged(self, day: int, how: int, pauses: int, by: list[Judged]) -> bool:
        def near(step: int) -> int | None:
            return next(
                (k for k in range(pauses + 1) if self._is_covered(day + step * k, how, by)), None
            )

        before, after = near(-1), near(1)
        return before is not None and after is not None and max(before + after - 1, 0) <= pauses


_LONG_AGO = 4000  # more days than any total of a test


def _earliest(exposure: Exposure | None, m: int) -> int:
    assert exposure is not None
    return max(m - _LONG_AGO, min(lo for lo, _ in exposure.days.starts))
