"""Writes the expected faults into every broken study: `python -m tests.bad_input.renew_studies`.

Read what it wrote before you keep it: each line must be true, and say the way out.
"""

from datetime import date
from pathlib import Path

from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import Source, read_study

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "studies"
PROTOCOL = load_protocol(ROOT / "tests" / "data" / "demo-001.yaml")
AS_OF = day_of(date(2026, 3, 15))


def faults_of(source: Source) -> str:
    """What the planner of a study is told: reading's faults, then those of binding."""
    study, faults = read_study(source)
    _, more = bind_versions(study, PROTOCOL, AS_OF)
    return "".join(f"{fault}\n" for fault in [*faults, *more])


def main() -> None:
    for folder in sorted(FOLDER.iterdir()):
        (folder / "expected.txt").write_bytes(faults_of(folder).encode())


if __name__ == "__main__":
    main()
