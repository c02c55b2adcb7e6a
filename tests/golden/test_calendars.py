"""The bytes of the calendars of the example studies (renew with --renew-golden, read the diff)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.calendars.export import CalendarOptions, write_calendars
from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import load_study

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"nct07342244": "2026-06-15", "demo-cycles": "2026-02-16"}
CHOICES = {
    "calendars": CalendarOptions(),
    "calendars-planned-site-alarms": CalendarOptions(planned=True, site_alarms=True),
    "calendars-detailed": CalendarOptions(detailed=True),
}


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    folders = {name: ROOT / "protocols" / name for name in EXAMPLES}
    return {
        name: plan(load_protocol(folder), load_study(folder / "example"), as_of=EXAMPLES[name])
        for name, folder in folders.items()
    }


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_calendars_of_an_example(
    name: str,
    choice: str,
    plans: dict[str, Plan],
    tmp_path: Path,
    golden: Callable[[str, bytes], None],
    request: pytest.FixtureRequest,
) -> None:
    write_calendars(plans[name], tmp_path, CHOICES[choice])
    files = sorted((tmp_path / "calendars").iterdir())
    if choice != "calendars":  # the site's calendar holds all of them
        files = [path for path in files if path.name.startswith("site-")]
    for path in files:
        golden(f"{name}/{choice}/{path.name}", path.read_bytes())
    kept = ROOT / "tests" / "golden" / name / choice
    assert {path.name for path in kept.iterdir()} == {path.name for path in files}
