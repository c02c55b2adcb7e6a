"""Plans whose reports are looked at: the two examples, a hostile one, and one of nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.report.page import page_bytes
from scheduler.report.workbook import workbook_bytes
from scheduler.study.reading import load_study

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"nct07342244": "2026-06-15", "demo-cycles": "2026-02-16"}
LONG = "x" * 10_000  # without a place to break
CODES = [
    "<script>alert(1)</script>", "=1+1", "+7", "-P", "@SUM(A1)", '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;", "</details></main>", "{{ 7*7 }}", "{% raw %}", "\u60a3\u8005-001",
    "\U0001f52c\U0001f469", "\u0645\u0634\u0627\u0631\u0643", "w" * 64, "_x0041_", "<r>a</r>",
    "' onload='alert(1)", "-->", "]]>", "javascript:alert(1)",
]  # fmt: skip
TITLE = '</title><script>alert("t")</script> & "quotes" ' + LONG
LABEL = "Consent <b onclick='x'>\u5165\u7ec4</b> \u05e9\u05dc\u05d5\u05dd"


@dataclass(frozen=True)
class Reports:
    """A plan, its tables, and the bytes of both reports."""

    plan: Plan
    tables: dict[str, pd.DataFrame]
    page: bytes
    workbook: bytes


def reports_of(made: Plan) -> Reports:
    found = made.written()
    frames = {name: frame.pandas() for name, frame in found.items()}
    return Reports(made, frames, page_bytes(made, found), workbook_bytes(made, found))


@cache
def example(name: str) -> Reports:
    folder = ROOT / "protocols" / name
    study = load_study(folder / "example")
    return reports_of(plan(load_protocol(folder), study, as_of=EXAMPLES[name]))


@pytest.fixture(scope="session", params=list(EXAMPLES))
def reports(request: pytest.FixtureRequest) -> Reports:
    return example(request.param)


@pytest.fixture(scope="session")
def car_t() -> Reports:
    return example("nct07342244")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """Participants, a title and a label that try to be something else than text."""
    text = (ROOT / "protocols" / "demo-cycles" / "protocol.yaml").read_text(encoding="utf-8")
    title, label = "A made-up drug in six cycles, two arms", "{label: Informed consent}"
    assert text.count(title) == text.count(label) == 1
    quoted = TITLE.replace('"', '\\"')
    path = tmp_path_factory.mktemp("hostile") / "protocol.yaml"
    path.write_text(
        text.replace(title, f'"{quoted}"').replace(label, f'{{label: "{LABEL}"}}'), encoding="utf-8"
    )
    people = pd.DataFrame(
        {"participant": CODES, "birth_date": "1980-01-01", "sex": "female", "arm": "standard"}
    )
    history = pd.DataFrame({"participant": CODES, "event": "heart_failure", "start": "2026-02"})
    study = load_study({"participants": people, "history": history})
    return reports_of(plan(load_protocol(path), study, as_of="2026-02-16"))


@pytest.fixture(scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    folder = ROOT / "protocols" / "demo-cycles"
    path = tmp_path_factory.mktemp("nobody") / "protocol.yaml"
    path.write_bytes((folder / "protocol.yaml").read_bytes())
    study = load_study(folder / "example")
    return reports_of(plan(load_protocol(path), study, as_of="2026-02-16", participants=[]))


@pytest.fixture(scope="session")
def many() -> Reports:
    """200 participants: every row of the example's study, under new codes."""
    folder = ROOT / "protocols" / "demo-cycles" / "example"
    found = {}
    for name in ("participants", "history", "dates"):
        table = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        copies = [table.assign(participant=f"C{n:02d}-" + table["participant"]) for n in range(34)]
        found[name] = pd.concat(copies, ignore_index=True)
    found["participants"] = found["participants"].drop(columns="site").head(200)
    kept = set(found["participants"]["participant"])
    for name in ("history", "dates"):
        found[name] = found[name][found[name]["participant"].isin(kept)]
    protocol = load_protocol(ROOT / "protocols" / "demo-cycles")
    return reports_of(plan(protocol, load_study(found), as_of="2026-02-16"))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write
