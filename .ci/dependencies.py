"""What washout brings along at run time: its licences, and known vulnerabilities where told.

    python .ci/dependencies.py          # licences; exit code 1 for one that cannot be passed on
    python .ci/dependencies.py --audit  # and ask pip-audit; says so where it gets no answer

Read from the metadata of what is installed: setup.cfg's dependencies and its extras for users, and
all that these need in turn.
"""

import configparser
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("figures", "cohort")  # those of users; the others are of who works on washout
# Told by hand, with the reason: the metadata names no licence that a program can read.
KNOWN: dict[str, str] = {}
FREE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|HPND|MPL|Mozilla|Zlib|Unlicense|"
    r"CC0|0BSD|CNRI|Matplotlib|Public Domain)\b|matplotlib", re.IGNORECASE,
)  # fmt: skip
STRICT = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|(Affero )?(GNU )?General Public License)", re.I)


def wanted() -> list[Requirement]:
    """What setup.cfg asks for, for users."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    parts = [config["options"]["install_requires"]]
    parts += [config["options.extras_require"][name] for name in EXTRAS]
    return [Requirement(line) for part in parts for line in part.split("\n") if line.strip()]


def closure(asked: Iterable[Requirement]) -> tuple[dict[str, Distribution], list[str]]:
    """All distributions that are needed in turn, and the names of those that are not installed."""
    found: dict[str, Distribution] = {}
    missing: list[str] = []
    done: set[tuple[str, str]] = set()
    todo = [(one, extra) for one in asked for extra in ("", *one.extras)]
    while todo:
        one, extra = todo.pop()
        name = canonicalize_name(one.name)
        if (name, extra) in done:
            continue
        done.add((name, extra))
        try:
            found[name] = distribution(one.name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        for line in found[name].requires or ():
            inner = Requirement(line)
            if inner.marker is None or inner.marker.evaluate({"extra": extra}):
                todo += [(inner, more) for more in ("", *inner.extras)]
    return dict(sorted(found.items())), missing


def licence(one: Distribution) -> str:
    """The licence that a distribution's metadata names, in as few words as it does."""
    told = one.metadata.get_all("Classifier") or []
    classified = [text.rpartition(" :: ")[2] for text in told if text.startswith("License ::")]
    expression = one.metadata.get("License-Expression") or ""
    free_text = (one.metadata.get("License") or "").strip().split("\n")[0]
    known = KNOWN.get(canonicalize_name(one.metadata["Name"]), "")
    return expression or ", ".join(classified) or free_text or known


def verdict(text: str) -> str:
    """Why a licence cannot be passed on; empty where it can.

    Of several licences to choose from ("A OR B") one is enough.
    """
    if any(FREE.search(part) and not STRICT.search(part) for part in re.split(r"\bOR\b", text)):
        return ""
    if STRICT.search(text):
        return "asks that all of a program is under the GPL"
    return "" if FREE.search(text) else "is not one that this check knows"


def audit(found: dict[str, Distribution]) -> int:
    """Ask pip-audit about the installed versions; how many vulnerabilities are known."""
    with tempfile.TemporaryDirectory() as folder:
        pinned, told = Path(folder, "pinned.txt"), Path(folder, "told.json")
        lines = (f"{name}=={one.version}\n" for name, one in found.items())
        pinned.write_text("".join(lines), encoding="utf-8")
        command = [
            sys.executable, "-m", "pip_audit", "--requirement", str(pinned), "--no-deps",
            "--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", str(told),
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            held = json.loads(told.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            why = (ran.stderr.strip().splitlines() or ["no answer"])[-1][:200]
            print(f"known vulnerabilities: NOT CHECKED, no source can be reached ({why})")
            return 0
    bad = [
        f"{one['name']} {one['version']}: {flaw['id']}"
        for one in held["dependencies"]
        for flaw in one.get("vulns", [])
    ]
    skipped = [one["name"] for one in held["dependencies"] if "skip_reason" in one]
    asked = len(held["dependencies"]) - len(skipped)
    print(f"known vulnerabilities: {len(bad)} in the {asked} packages that the source knows")
    print(*(f"  {line}" for line in bad), sep="\n", end="\n" if bad else "")
    if skipped:
        print(f"known vulnerabilities: NOT CHECKED for {len(skipped)}: {', '.join(skipped)}")
    return len(bad)


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    found, missing = closure(wanted())
    refused = []
    for name, one in found.items():
        text = licence(one)
        print(f"{name} {one.version}: {text or 'no licence named'}")
        if why := verdict(text):
            refused.append(f"{name} {one.version}: {text or 'no licence named'}, which {why}")
    for name in missing:
        print(f"{name}: not installed here, so not checked")
    print(f"licences: {len(found)} packages, {len(refused)} refused", *refused, sep="\n  ")
    known = audit(found) if "--audit" in arguments else 0
    return int(bool(refused) or known > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
