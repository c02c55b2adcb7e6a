"""Which of the goals did a run reach?"""

from benchmarks.design import DEPTHS
from benchmarks.report import OURS, Report, gib, rate, span

LARGE, HUGE = 100_000, 1_000_000
RATES = {"windows": 50_000, "core": 100_000, "plan": 15_000}
TIMES = {"pendulum loop": 1_000, "OR-Tools CP-SAT": 500}  # as fast as each rival, at least
APART = {("pendulum loop", "real_life"): 500}  # what is asked of a protocol by itself
PEAK = 1.2 * 2**30
LINEAR = 1.15  # time a participant at a million, against 100,000
ONE, EXPLAIN = 0.003, 0.8


def goals(report: Report, cores: int) -> list[str]:
    """A table: each goal, what was found a protocol, and whether it is met."""
    heads = report.protocols
    lines = [f"| goal | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for depth, wanted in RATES.items():
        found = [report.find(p, DEPTHS[depth], cores, LARGE) for p in heads]
        cells = [_met(1 / c.each, wanted, rate(1 / c.each)) if c else "" for c in found]
        name = f"{DEPTHS[depth]}, {LARGE:,} on {cores} cores: {wanted:,} a second"
        lines.append(f"| {name} | {' | '.join(cells)} |")
    for rival, least in TIMES.items():
        cells = [_times(report, protocol, rival, cores) for protocol in heads]
        apart = "".join(f", {p} {APART[rival, p]:,}" for p in heads if (rival, p) in APART)
        lines.append(
            f"| windows at {LARGE:,} on {cores} cores: {least:,} times the {rival}{apart} | "
            f"{' | '.join(cells)} |"
        )
    lines.append(f"| linear to a million (time each, against {LARGE:,}) | "
                 f"{' | '.join(_linear(report, p, cores) for p in heads)} |")  # fmt: skip
    lines.append(f"| peak memory under {PEAK / 2**30} GiB, all sizes and depths | "
                 f"{' | '.join(_peak(report, p) for p in heads)} |")  # fmt: skip
    alone = (_met(-report.one[p], -ONE, span(report.one[p])) for p in heads)
    lines.append(f"| one participant, loaded study to windows, warm, under {span(ONE)} | "
                 f"{' | '.join(alone)} |")  # fmt: skip
    told = _met(-report.explain, -EXPLAIN, span(report.explain))
    lines += [
        "",
        f"`washout explain` as a whole command, best of 5, under {span(EXPLAIN)}: {told}.",
    ]
    return lines


def _met(value: float, wanted: float, text: str) -> str:
    return f"{text}, met" if value >= wanted else f"{text}, **not met**"


def _times(report: Report, protocol: str, rival: str, cores: int) -> str:
    least = APART.get((rival, protocol), TIMES[rival])
    mine = report.find(protocol, DEPTHS["windows"], cores, LARGE)
    other = next((c for c in report.cells if (c.protocol, c.what) == (protocol, rival)), None)
    if mine is None or other is None:
        return ""
    return _met(other.each / mine.each, least, f"{rate(other.each / mine.each)} x")


def _linear(report: Report, protocol: str, cores: int) -> str:
    some, all_ = (report.find(protocol, DEPTHS["windows"], cores, size) for size in (LARGE, HUGE))
    if some is None or all_ is None:
        return ""
    return _met(-all_.each / some.each, -LINEAR, f"{all_.each / some.each:.2f}")


def _peak(report: Report, protocol: str) -> str:
    peak = max(
        (c.peak for c in report.cells if c.protocol == protocol and c.family == OURS), default=0
    )
    return _met(-peak, -PEAK, gib(peak))
