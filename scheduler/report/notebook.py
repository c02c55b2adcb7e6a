"""How a protocol, a plan and an explanation show themselves in a notebook: as HTML.

Pure functions, objects in, HTML out. Every text of the user goes through `cell` or `paragraph`,
which escape it; colour never stands alone, the word is always there too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from scheduler.days import FAR, clock_text, iso
from scheduler.protocol import Attributes, Basis, Gap, Milestone, Protocol, Rule, Visit
from scheduler.report.tones import WORDS
from scheduler.tables.frames import Frame
from scheduler.wording.forms import rule_text, weekdays_text
from scheduler.wording.looks import TONES, solid
from scheduler.wording.rules import except_text, only_text, reading_text

if TYPE_CHECKING:
    from scheduler.reasons.explaining import Explanation
    from scheduler.tables.tables import Tables

_TABLE = "border-collapse:collapse;margin:0 0 1em 0"
_CELL = (
    "text-align:left;vertical-align:top;padding:0.2em 0.8em 0.2em 0;border-bottom:1px solid #ccc"
)
# The verdicts of days and the states of participants, in words, with the colour of their bars.
_BARS = {state: solid(state) for state in ("permitted", "undetermined", "blocked")} | {
    state.replace("_", " "): TONES[word.tone].solid
    for state, word in WORDS["summary", "state"].items()
}
_LONGEST = 200  # rows of any table
_MOST = 60  # participants that a plan shows; the rest are counted

Row = Sequence[str]


def cell(text: str, tag: str = "td") -> str:
    """One cell, its text escaped; a state carries its colour as a bar beside the word."""
    tone = _BARS.get(text)
    style = f"{_CELL};border-left:0.4em solid {tone};padding-left:0.4em" if tone else _CELL
    scope = ' scope="col"' if tag == "th" else ""
    return f'<{tag}{scope} style="{style}">{escape(text)}</{tag}>'


def table(caption: str, heads: Row, rows: Iterable[Row]) -> str:
    """A table with a caption; nothing at all where there are no rows, the first of very many."""
    some = list(rows)
    lines = ["".join(cell(text) for text in row) for row in some[:_LONGEST]]
    if len(some) > _LONGEST:
        lines.append(cell(f"... and {len(some) - _LONGEST} more"))
    if not lines:
        return ""
    head = "".join(cell(text, "th") for text in heads)
    title = (
        f'<caption style="text-align:left;font-weight:bold;padding:0.4em 0">'
        f"{escape(caption)}</caption>"
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<table style="{_TABLE}">{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def paragraph(text: str, strong: str = "") -> str:
    """A paragraph, escaped, with a strong beginning."""
    begin = f"<strong>{escape(strong)}</strong> " if strong else ""
    return f"<p>{begin}{escape(text)}</p>"


def protocol_html(protocol: Protocol) -> str:
    """A protocol as readable tables: what it asks, and the source or assumption of every figure."""
    study = protocol.study
    enrollment = f", {study.enrollment} participants" if study.enrollment is not None else ""
    reading = "counts as within" if protocol.inclusive else "counts as clear"
    based = ("source", "assumption")
    parts = [
        paragraph(protocol.title, f"{protocol.id}, version {protocol.version} ({protocol.date})"),
        paragraph(
            f"Open {iso(study.first_day)} to {iso(study.last_day)}{enrollment}; time zone "
            f"{protocol.timezone}; the day exactly at the far end of a time {reading}, unless a "
            "rule says otherwise."
        ),
        table("Milestones", ("milestone", "label", "notes"), map(_milestone, protocol.milestones)),
        table("Gaps", ("from", "to", "asks", *based), map(_gap, protocol.gaps)),
        table("Visits", ("visit", "label", "when", "window", *based), map(_visit, protocol.visits)),
        table("Rules", ("rule", "summary", "asks", *based), map(_rule, protocol.rules)),
        table(
            "Half-lives", ("agent", "half-life", *based),
            [(a.name, a.text, *_basis(a.basis)) for a in protocol.agents],
        ),
        table(
            "Checklist (no effect on dates)", ("item", "summary", "source"),
            [(item.id, item.summary, str(item.source or "")) for item in protocol.checklist],
        ),
        table(
            "Notes", ("about", "note", "source"),
            [(note.about, note.text, str(note.source or "")) for note in protocol.notes],
        ),
        table(
            "Documents", ("key", "document", "date"),
            [(d.key, d.document, d.date) for d in protocol.documents],
        ),
    ]  # fmt: skip
    return _block(parts)


def plan_html(plan: "Tables") -> str:
    """A plan at a glance: who can do what next and when, and why some cannot go on."""
    protocol, summary = plan.protocol, plan.table("summary")
    counts = Counter(summary["state"].texts())
    told = [f"{n} {_words(state)}" for state in summary.words("state") if (n := counts[state])]
    labels = {node.name: node.label for node in protocol.nodes}
    assumed = len(plan.table("assumptions"))
    versions = dict.fromkeys(plan.part(code).protocol.version for code in plan.participants)
    parts = [
        paragraph(
            f"{len(summary)} participants as of {plan.as_of.isoformat()}: {', '.join(told)}.",
            f"{protocol.id}, version {', '.join(versions)}.",
        ),
        table(
            "Participants",
            ("participant", "state", "next", "from", "to", "open questions", "overdue",
             "deviations"),
            [_person(row, labels) for row in summary.head(_MOST).records()],
        ),
        *([paragraph(f"{len(summary) - _MOST} more participants: see plan.summary.")]
          if len(summary) > _MOST else []),
        table(
            "Why there is no schedule", ("participant", "reason", "without it"),
            few(_stuck(plan)),
        ),
        table("Warnings", ("warning",), few([(text,) for text in plan.warnings])),
        paragraph(
            f"{assumed} assumption{' is' if assumed == 1 else 's are'} in use: see "
            "plan.assumptions."
        ),
    ]  # fmt: skip
    return _block(parts)


def explanation_html(explanation: "Explanation") -> str:
    """The verdict for one day, and every reason with what it rests on."""
    rows = [
        (reason.kind, reason.name, reason.sentence, reason.source, reason.assumption)
        for reason in explanation.reasons
    ]
    where = f"{explanation.participant}, {explanation.milestone}, {explanation.day.isoformat()}"
    parts = [
        table("", ("participant, step, day", "verdict"), [(where, explanation.verdict)]),
        table("Reasons", ("kind", "name", "reason", "source", "assumption"), rows),
        *(paragraph(remark) for remark in explanation.remarks),
    ]
    return _block(parts)


def frames_html(frames: Mapping[str, Frame]) -> str:
    """Tables as they are, each with its name; the first rows of long ones."""
    parts = []
    for name, frame in frames.items():
        rows = few([[*row.values()] for row in frame.head(_MOST).rows()], len(frame))
        parts.append(table(name, frame.heads, rows) or paragraph("nothing", name))
    return _block(parts)


def few(rows: Sequence[Row], count: int = -1) -> list[Row]:
    """The first of many rows, and how many more there are; `count` is how many in all."""
    more = max(count, len(rows)) - _MOST
    return [*rows[:_MOST], *([(f"... and {more} more",)] if more > 0 else [])]


def _block(parts: Iterable[str]) -> str:
    return f"<div>{''.join(parts)}</div>"


def _basis(basis: Basis) -> tuple[str, str]:
    """The source with its own words, and the assumption."""
    source = basis.source
    if source is None:
        return "", basis.assumption
    quoted = f' "{source.phrase}"' if source.phrase else ""
    return f"{source}{quoted}", basis.assumption


def _conditions(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _for_whom(only: Attributes) -> str:
    return only_text(only)


def _milestone(milestone: Milestone) -> Row:
    zero = {True: "day 0", False: "day 1", None: ""}[milestone.day_zero]
    notes = _conditions(
        f"at {clock_text(milestone.at)}" if milestone.at is not None else "",
        "on closed days too" if milestone.any_day else weekdays_text(milestone.weekdays),
        f"study days are counted from it ({zero})" if zero else "",
        "optional" if milestone.optional else "",
    )
    return milestone.name, milestone.label, notes


def _gap(gap: Gap) -> Row:
    sides = _conditions(
        f"at least {gap.min}" if gap.min else "",
        f"at most {gap.max}" if gap.max else "",
        f"usually {gap.usual}" if gap.usual else "",
        _for_whom(gap.only),
    )
    return gap.start, gap.end, sides, *_basis(gap.basis)


def _visit(visit: Visit) -> Row:
    word = "after" if visit.after else "before"
    repeat = visit.repeat
    when = _conditions(
        f"{visit.target} {word} {visit.anchor}",
        f"then every {repeat.every}, {repeat.times} times in all" if repeat else "",
        f"at {clock_text(visit.at)}" if visit.at is not None else "",
        "on closed days too" if visit.any_day else weekdays_text(visit.weekdays),
        "optional" if visit.optional else "",
        _for_whom(visit.only),
    )
    window = visit.window
    span = f"{window.before} before to {window.after} after" if window else "the source states none"
    return visit.name, visit.label, when, span, *_basis(visit.basis)


def _rule(rule: Rule) -> Row:
    asks = _conditions(
        rule_text(rule),
        reading_text(rule),
        except_text(rule.exempt),
        _for_whom(rule.only),
        "subject to the investigator's decision" if rule.judgement else "",
    )
    return rule.id, rule.summary, asks, *_basis(rule.basis)


def _person(row: Mapping[str, Any], labels: Mapping[str, str]) -> Row:
    days = (row["next_first"], row["next_last"])
    counts = (row["open_queries"], row["overdue"], row["deviations"])
    return (
        row["participant"],
        _words(row["state"]),
        labels.get(row["next_milestone"], ""),
        *(iso(day) if day < FAR else "" for day in days),
        *(str(count) if count else "" for count in counts),
    )


def _stuck(plan: "Tables") -> list[Row]:
    return list(plan.table("conflicts").pairs("participant", "detail", "frees"))


def _words(state: str) -> str:
    return state.replace("_", " ")
