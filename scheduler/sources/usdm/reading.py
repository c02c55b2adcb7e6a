"""Reads the schedule of activities of a USDM file (CDISC, v3 and v4) as a protocol file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.sources.emit import Options, study_part
from scheduler.sources.findings import FindingList, ImportRefused, ImportResult, quoted
from scheduler.sources.usdm.at_visits import tell_instances, used_activities
from scheduler.sources.usdm.checks import check_references, hosts_of
from scheduler.sources.usdm.criteria import tell_time_sentences
from scheduler.sources.usdm.cycles import read_cycles, write_passes
from scheduler.sources.usdm.ends import settle_ends
from scheduler.sources.usdm.flow import Flow, read_flow
from scheduler.sources.usdm.header import (
    Design,
    all_dates,
    enrollment,
    find_design,
    identity,
    tell_amendments,
    tell_arms,
    tell_version,
    version_dates,
)
from scheduler.sources.usdm.json import Row, load_json, rows
from scheduler.sources.usdm.model import Entry, ScheduleTimeline, read_timeline
from scheduler.sources.usdm.names import plain_label
from scheduler.sources.usdm.placement import Placement, place_instances
from scheduler.sources.usdm.timings import Timing
from scheduler.sources.usdm.visits import GrowingProtocol, Host, name_instances, write_timeline
from scheduler.sources.usdm.windows import IN_TIME_ORDER, TOWARD_ANCHOR
from scheduler.yaml_text.writing import protocol_yaml


def import_usdm(
    text: bytes | str, *, design: str | None = None, timeline: str | None = None,
    window_reading: str = IN_TIME_ORDER, opens: date | str | None = None,
    closes: date | str | None = None, timezone: str | None = None,
    as_of: date | str | None = None, sub_timelines: Iterable[str] = (),
) -> ImportResult:  # fmt: skip
    """What does a USDM file say about visits and their windows, as a protocol file?

    Designs and timelines are named by id or name; the main timeline is taken unless one is
    named. `sub_timelines` are imported too, under each instance that runs them.
    `window_reading` is "in-time-order" (lower bound before the target, upper after it) or
    "toward-anchor" (a Before timing's lower bound lies toward its anchor).

    Returns: the protocol file's text, and everything unclear, contradictory or not carried
    over as numbered findings with their place in the JSON.
    Raises: ImportRefused where nothing can be read, or an option names what is not there.
    """
    if window_reading not in (IN_TIME_ORDER, TOWARD_ANCHOR):
        raise ImportRefused(
            f"window reading {quoted(window_reading)}: expected {IN_TIME_ORDER} or {TOWARD_ANCHOR}"
        )
    findings = FindingList()
    root = load_json(text, findings)
    chosen = find_design(root, design, findings)
    timelines = _timelines(chosen, findings)
    main = _main_timeline(timelines, timeline, findings)
    asked = [_named(timelines, name, "--sub-timeline") for name in dict.fromkeys(sub_timelines)]
    told = Options(opens, closes, timezone, as_of)
    head = _head(root, chosen, main, told, findings)
    activities = tell_instances(chosen, timelines, findings)
    job = _Job(chosen, main, timelines, window_reading, findings)
    draft = job.run([other for other in asked if other is not main])
    for tell in (tell_arms, tell_amendments, tell_time_sentences):
        tell(chosen, findings)
    protocol = _protocol(head, draft, main, activities)
    numbered = findings.numbered()
    heading = [
        f"Imported from USDM; {len(numbered)} findings of the import tell what is unclear in it.",
    ]
    return ImportResult(protocol_yaml(protocol, heading), numbered)


def _protocol(
    head: Row, draft: GrowingProtocol, main: ScheduleTimeline, activities: Mapping[str, Entry]
) -> Row:
    if not draft.milestones:
        raise ImportRefused(
            f"the timeline {quoted(main.title)} has no anchor and nothing to wait for: "
            "no schedule to import"
        )
    used = used_activities(activities, [*draft.milestones.values(), *draft.visits])
    parts = {"gaps": draft.gaps, "visits": draft.visits, "activities": used, "notes": draft.notes}
    filled = {key: entries for key, entries in parts.items() if entries}
    return {**head, "milestones": draft.milestones, **filled}


def _timelines(design: Design, findings: FindingList) -> list[ScheduleTimeline]:
    found = [
        read_timeline(row, place, findings)
        for place, row in rows(design.row, "scheduleTimelines", design.place, findings)
    ]
    if not any(timeline.instances for timeline in found):
        raise ImportRefused(f"the design {design.title} has no timeline with instances")
    seen: set[str] = set()
    for timeline in found:
        if timeline.id in seen:
            findings.warn(
                "U102", timeline.place, "a second timeline with this id, or without one",
                "reached by its name only", [timeline.id],
            )  # fmt: skip
        seen.add(timeline.id)
    return found


def _main_timeline(
    timelines: list[ScheduleTimeline], wanted: str | None, findings: FindingList
) -> ScheduleTimeline:
    if wanted is not None:
        return _with_instances(_named(timelines, wanted, "--timeline"))
    mains = [timeline for timeline in timelines if timeline.main]
    if not mains and len(timelines) == 1:
        findings.warn(
            "U017", timelines[0].place, "not marked as the main timeline",
            "imported, as it is the only one", [timelines[0].id],
        )  # fmt: skip
        mains = timelines
    if len(mains) != 1:
        listed = "; ".join(f"{quoted(t.id)} ({quoted(t.title)})" for t in timelines[:20])
        raise ImportRefused(
            f"{len(mains)} timelines are marked as the main one; name one with --timeline: {listed}"
        )
    return _with_instances(mains[0])


def _with_instances(timeline: ScheduleTimeline) -> ScheduleTimeline:
    if not timeline.instances:
        raise ImportRefused(f"the timeline {quoted(timeline.title)} has no instances")
    return timeline


def _named(timelines: list[ScheduleTimeline], wanted: str, option: str) -> ScheduleTimeline:
    fitting = [t for t in timelines if t.id == wanted] or [t for t in timelines if t.name == wanted]
    if len(fitting) == 1:
        return fitting[0]
    listed = "; ".join(f"{quoted(t.id)} ({quoted(t.title)})" for t in timelines[:20])
    found = "no such timeline" if not fitting else f"{len(fitting)} timelines fit"
    raise ImportRefused(f"{option} {quoted(wanted)}: {found}; the file has {listed}")


def _head(
    root: Row, design: Design, main: ScheduleTimeline, options: Options, findings: FindingList
) -> Row:
    structure = tell_version(root, design, findings)
    zone, study = study_part(options, all_dates(root), findings, "U010")
    opens = study["opens"]
    assert isinstance(opens, date)
    dates = version_dates(design, findings)
    head = identity(design, root, dates, opens, findings)
    number = enrollment(design, findings)
    if number is not None:
        study = {"opens": opens, "closes": study["closes"], "enrollment": number} | study
    document = plain_label(
        f"USDM file ({structure}), study {head['protocol']}, design {design.own_id}, "
        f"timeline {main.id}"
    )
    source: Row = {"document": document}
    if dates:
        source["date"] = max(dates)
    return {**head, "timezone": zone, "study": study, "sources": {"usdm": source}}


@dataclass
class _Job:
    """The import of one design: the main timeline, then the sub-timelines that were asked for."""

    design: Design
    main: ScheduleTimeline
    timelines: list[ScheduleTimeline]
    reading: str
    findings: FindingList

    def run(self, asked: list[ScheduleTimeline]) -> GrowingProtocol:
        draft = GrowingProtocol()
        check_references(self.design, self.main, self.findings)
        known = {timeline.id: timeline for timeline in self.timelines}
        hosts = hosts_of(self.design, self.main, known, self.findings)
        names = self._write(draft, self.main)
        for timeline in asked:
            self._write_below(draft, timeline, names, hosts.get(timeline.id, []))
        for timeline in self.timelines:
            if timeline is not self.main and timeline not in asked:
                self._tell_left_out(timeline, hosts.get(timeline.id, []))
        return draft

    def _elsewhere(self, timeline: ScheduleTimeline) -> dict[str, str]:
        return {id_: t.title for t in self.timelines if t is not timeline for id_ in t.instances}

    def _placed(
        self, timeline: ScheduleTimeline, flow: Flow
    ) -> tuple[dict[str, Placement], list[Timing]]:
        elsewhere, findings = self._elsewhere(timeline), self.findings
        settled = settle_ends(timeline, flow.order, elsewhere, findings)
        placed = place_instances(timeline, settled, flow, elsewhere, self.reading, findings)
        return placed, settled

    def _write(self, draft: GrowingProtocol, timeline: ScheduleTimeline) -> Mapping[str, str]:
        findings = self.findings
        flow = read_flow(timeline, findings)
        placed, settled = self._placed(timeline, flow)
        cycles = read_cycles(timeline, flow, placed, settled, findings)
        names = name_instances(placed, draft, findings)
        write_timeline(draft, timeline, placed, names, flow.conditional, findings)
        for cycle in cycles:
            write_passes(draft, timeline, cycle, placed, names, findings)
        return names

    def _write_below(
        self,
        draft: GrowingProtocol,
        timeline: ScheduleTimeline,
        names: Mapping[str, str],
        hosts: list[str],
    ) -> None:
        findings = self.findings
        condition = f'entered on the condition "{plain_label(timeline.entry_condition)}"'
        findings.warn(
            "U260", timeline.place,
            f"the sub-timeline {quoted(timeline.title)}, {condition}, hosts: {len(hosts)}",
            "imported as optional, " + ("under each of them" if hosts else "on its own"),
            [timeline.id, *hosts],
        )  # fmt: skip
        flow = read_flow(timeline, findings)
        placed, _ = self._placed(timeline, flow)
        if flow.loops:
            findings.warn("U320", timeline.place, "loops in a sub-timeline", "imported once")
        for host in hosts or [""]:
            title = self.main.instances[host].title if host else timeline.title
            below = Host(names.get(host, ""), title, condition)
            prefix = f"{names[host]}_" if host else ""
            own = name_instances(placed, draft, findings, prefix)
            conditional = dict.fromkeys(placed, condition)
            write_timeline(
                draft, timeline, placed, own, conditional, findings, below if host else None
            )

    def _tell_left_out(self, timeline: ScheduleTimeline, hosts: list[str]) -> None:
        run = f"run by {len(hosts)} instances" if hosts else "run by no instance of the main one"
        self.findings.note(
            "U261", timeline.place,
            f"the timeline {quoted(timeline.title)} with {len(timeline.timings)} timings, entered "
            f"on {quoted(timeline.entry_condition)}, {run}",
            "not imported; ask for it with --sub-timeline",
            [timeline.id, *(t.id or t.place for t in timeline.timings)],
        )  # fmt: skip
