"""Today: what needs a person, most urgent first, over all studies of the desk."""

from starlette.responses import Response

from scheduler.desk.calls import Call
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import marked
from scheduler.desk.worklist import KINDS, DeskTask, urgency

_MOST = 150
PARTS = (
    ("now", marked("Now")),
    ("soon", marked("Within a week")),
    ("later", marked("Later, or without a day")),
)


def today_page(call: Call) -> Response:
    """The page that the day begins with."""
    chosen = call.desks
    if not chosen:
        return call.page("empty.html")
    tasks = [(desk, task) for desk in chosen for task in call.office.tasks(desk)]
    wanted = {name: call.ask(name) for name in ("site", "q", "kind")}
    shown = [pair for pair in tasks if _fits(pair[1], wanted)]
    shown.sort(key=lambda pair: pair[1].act_by or "9999")
    waiting = [pair for pair in shown if not pair[1].consented]
    shown = [pair for pair in shown if pair[1].consented]
    every = bool(call.ask("all"))
    parts = [
        (title, [pair for pair in shown if urgency(pair[1], pair[0].as_of) == name])
        for name, title in PARTS
    ]
    return call.page(
        "today.html", desk=chosen[0], overall=len(chosen) > 1, parts=parts,
        waiting=waiting, wanted=wanted, kinds=KINDS, sites=_sites(tasks), every=every, most=_MOST,
        count=len(shown), counts=_counts(tasks), groups=_groups,
    )  # fmt: skip


def _fits(task: DeskTask, wanted: dict[str, str]) -> bool:
    if wanted["site"] and task.site != wanted["site"]:
        return False
    if wanted["kind"] and task.kind != wanted["kind"]:
        return False
    return wanted["q"].lower() in task.participant.lower()


def _sites(tasks: list[tuple[StudyDesk, DeskTask]]) -> list[str]:
    return sorted({task.site for _, task in tasks if task.site})


def _counts(tasks: list[tuple[StudyDesk, DeskTask]]) -> dict[str, int]:
    found = dict.fromkeys(KINDS, 0)
    for _, task in tasks:
        found[task.kind] += 1
    return found


def _groups(
    pairs: list[tuple[StudyDesk, DeskTask]], every: bool
) -> list[tuple[StudyDesk, DeskTask]]:
    return pairs if every else pairs[:_MOST]
