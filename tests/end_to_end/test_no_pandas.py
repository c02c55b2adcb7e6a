"""Commands load pandas only where they hand its tables on, or have large studies to read."""

import json
import subprocess
import sys
from pathlib import Path

from scheduler.cli import COMMANDS

NEED_PANDAS = {"plot", "cohort", "cohort-import"}  # figures and Parquet are made of DataFrames
NEED_A_SERVER = {"publish", "desk"}
DAY = "2026-06-15"
CHANGED = ("--as-of", "2026-02-16", "--study", "protocols/demo-cycles/example")
# Every command in turn, in one process: which of the modules are there after each.
PROGRAM = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
import click
from scheduler.cli import washout_command
told = {}
for name, *arguments in json.loads(sys.argv[1]):
    with redirect_stdout(StringIO()):
        found = washout_command([name, *arguments], standalone_mode=False)
    told[name] = [found, "pandas" in sys.modules]
print(json.dumps(told))
"""


def test_no_command_loads_pandas_but_those_that_need_it(root: Path, tmp_path: Path) -> None:
    protocol, study = "protocols/nct07342244", "protocols/nct07342244/example"
    inputs = (protocol, study, "--as-of", DAY)
    events, record = tmp_path / "events.csv", tmp_path / "record.txt"
    events.write_text("event_name,arm_num,day_offset,offset_min,offset_max\nVisit 1,1,1,0,0\n")
    record.write_text("Exclusion Criteria: major surgery within 4 weeks before infusion.")
    runs = [
        ("plan", *inputs, "--out", str(tmp_path / "out")),
        ("calendars", *inputs, "--out", str(tmp_path / "calendars")),
        ("explain", protocol, study, "P-003", "infusion", "2026-08-10", "--as-of", DAY),
        ("what-if", *inputs, "--participant", "P-003", "--set", "infusion=2026-07-20",
         "--exposure", "major_surgery=2026-05-01", "--sweep", "infusion"),
        ("agenda", *inputs, "--full"),
        ("diff", "protocols/demo-cycles", "protocols/demo-cycles/versions/2.0.yaml", *CHANGED,
         "--out", str(tmp_path / "diff")),
        ("check", protocol),
        ("test", protocol),
        ("example", str(tmp_path / "example")),
        ("init", str(tmp_path / "init"), "--protocol", protocol),
        ("import", "redcap", str(events), "--as-of", DAY),
        ("draft", str(record), "--as-of", DAY),
        ("export", "redcap", protocol),
        ("schema",),
    ]  # fmt: skip
    assert {name for name, *_ in runs} == set(COMMANDS) - NEED_PANDAS - NEED_A_SERVER
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(runs)],
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert {name for name, (_, loaded) in told.items() if loaded} == set()
    ends = {name: code for name, (code, _) in told.items() if code}
    assert ends == {"explain": 3}, done.stderr
