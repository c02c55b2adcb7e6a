"""The package from outside: its names, its version, its examples, and packages of the same name."""

import configparser
import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import typing
import zipfile
from pathlib import Path

import pytest

import scheduler
import washout

ROOT = Path(__file__).parents[2]
_NOT_KEPT = shutil.ignore_patterns("__pycache__", "node_modules", ".*_cache")


def python(program: str, *paths: Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=settings,
        cwd=cwd or paths[0],
        capture_output=True,
        text=True,
    )


def test_tab_shows_the_public_names() -> None:
    assert dir(scheduler) == sorted(scheduler.__all__) == sorted(dir(washout))
    for name in dir(scheduler):
        assert getattr(scheduler, name) is not None
        assert name == "__version__" or getattr(washout, name) is getattr(scheduler, name)
    with pytest.raises(AttributeError):
        scheduler.nonsense  # noqa: B018


def test_every_name_is_known_to_type_checkers() -> None:
    text = (ROOT / "scheduler/__init__.py").read_text(encoding="utf-8")
    block = text.partition("if TYPE_CHECKING:")[2].partition("_HOMES")[0]
    assert all(name in block for name in scheduler.__all__)


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert scheduler.__version__ == version("washout")


@pytest.mark.parametrize("name", ["nct07342244", "demo-cycles"])
def test_an_example_can_be_planned(name: str) -> None:
    made = scheduler.plan(*scheduler.example(name))
    assert len(made.summary) and made.as_of == scheduler.example(name).as_of
    with pytest.raises(scheduler.NotFound, match="did you mean"):
        scheduler.example(name[:-1])


def test_cases_beside_a_protocol_are_run() -> None:
    results = scheduler.run_cases(ROOT / "protocols/demo-cycles")
    assert results and all(result.passed for result in results)
    with pytest.raises(ValueError, match=r"no cases\.yaml lies beside"):
        scheduler.run_cases(scheduler.load_protocol(scheduler.example().protocol.to_dict()))


def test_errors_are_of_the_kinds_that_python_has() -> None:
    assert issubclass(scheduler.InputFaults, ValueError)
    assert issubclass(scheduler.NotFound, ValueError)
    protocol, study, day = scheduler.example()
    with pytest.raises(TypeError, match="found str, expected what load_protocol gives"):
        scheduler.plan("protocols/nct07342244", study, day)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="found dict, expected what load_study gives"):
        scheduler.plan(protocol, {}, day)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a folder, a workbook or a mapping"):
        scheduler.load_study(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tomorrow"):
        scheduler.plan(protocol, study, "tomorrow")


def test_words_of_a_fixed_list_are_literal_types() -> None:
    hints = typing.get_type_hints(scheduler.Explanation)
    assert typing.get_args(hints["verdict"]) == ("permitted", "undetermined", "blocked")
    assert set(scheduler.StudyTables.__annotations__) == {
        "participants", "history", "dates", "decisions", "sites",
    }  # fmt: skip
    from scheduler.figures import LaneOptions, swimlanes

    assert set(LaneOptions.__annotations__) < set(swimlanes.__annotations__)


def test_a_library_has_one_lower_bound() -> None:
    """The same in every extra, and no other bound."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = [settings["options"]["install_requires"], *settings["options.extras_require"].values()]
    bounds: dict[str, set[str]] = {}
    for line in "\n".join(listed).split("\n"):
        if line.strip():
            found = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?>=([\d.]+)", line.strip())
            assert found, line
            bounds.setdefault(found[1].lower(), set()).add(found[2])
    assert {name: found for name, found in bounds.items() if len(found) > 1} == {}
    assert len(bounds) > 30


def test_another_package_of_the_name_is_told_of(tmp_path: Path) -> None:
    other = tmp_path / "scheduler"
    other.mkdir()
    (other / "__init__.py").write_text("")
    (tmp_path / "washout.py").write_text((ROOT / "washout.py").read_text(encoding="utf-8"))
    done = python("import washout", tmp_path)
    assert done.returncode == 1
    assert f"{other / '__init__.py'} is another package named scheduler" in done.stderr
    assert "pip uninstall scheduler" in done.stderr
    command = tmp_path / "bin" / "washout"
    command.parent.mkdir()
    command.write_text("from washout import main\nmain()\n")
    words = [sys.executable, str(command), "--help"]
    settings = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run(words, env=settings, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == done.stderr.split("ImportError: ")[1]


def test_files_of_another_package_among_ours_are_told_of(tmp_path: Path) -> None:
    ours = tmp_path / "scheduler"
    (ours / "trigger").mkdir(parents=True)
    (ours / "__init__.py").write_text(
        (ROOT / "scheduler/__init__.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    done = python("import scheduler", tmp_path)
    assert done.returncode == 0 and "another package named scheduler lie among" in done.stderr
    assert python("import scheduler", ROOT).stderr == ""


KEPT = ("scheduler", "protocols", "setup.cfg", "setup.py", "pyproject.toml", "washout.py",
        "README.md", "LICENSE", "MANIFEST.in")  # fmt: skip


@pytest.mark.parametrize("home", ["", "https://host.example/owner/washout/"])
def test_the_page_of_a_package_index_has_no_dead_link(tmp_path: Path, home: str) -> None:
    for name in KEPT:
        (tmp_path / name).symlink_to(ROOT / name)
    settings = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert "\n[washout]\nhome =" in settings
    (tmp_path / "setup.cfg").unlink()
    (tmp_path / "setup.cfg").write_text(
        re.sub(r"\nhome =.*", f"\nhome = {home}", settings), encoding="utf-8"
    )
    made = "from setuptools import build_meta as b; b.prepare_metadata_for_build_wheel('made')"
    (tmp_path / "made").mkdir()
    done = python(made, tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = email.message_from_bytes(next((tmp_path / "made").glob("*/METADATA")).read_bytes())
    page = str(told.get_payload())
    targets = re.findall(r"\]\(([^)]*)\)", page)
    assert told["Description-Content-Type"] == "text/markdown" and "# washout" in page
    assert all(re.match(r"https?://", target) for target in targets), targets
    named = dict(text.split(", ") for text in told.get_all("Project-URL") or ())
    root = home.rstrip("/")
    if not home:
        assert not named and not any("blob" in target for target in targets)
        return
    assert named["Source"] == root and all(url.startswith(root) for url in named.values())
    for target in [*targets, *named.values()]:
        kind, _, path = target.removeprefix(f"{root}/").partition("/HEAD/")
        if kind in ("raw", "blob"):
            assert (ROOT / path.partition("#")[0]).exists(), target
            assert (kind == "raw") == path.endswith((".svg", ".png"))
    assert sum("/raw/HEAD/" in target for target in targets) >= 3


def test_the_wheel_holds_the_examples(tmp_path: Path) -> None:
    """Built from a copy of what is kept, and run where nothing but the wheel is."""
    source = tmp_path / "source"
    source.mkdir()
    for name in KEPT:
        (source / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w",
         str(tmp_path), str(source)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    wheel = next(tmp_path.glob("washout-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "there")
    listed = {path.relative_to(ROOT / "protocols").as_posix() for path in
              (ROOT / "protocols").rglob("*") if path.is_file()}  # fmt: skip
    assert {f"scheduler/example_files/{name}" for name in listed} <= names
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "scheduler").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}  # fmt: skip
    assert {"scheduler/report/page.html", "scheduler/desk/templates/base.html"} <= ours
    assert {"washout.py", *ours} <= names
    program = (
        "import scheduler, washout, sys\n"
        "print(scheduler.__file__, scheduler.plan(*washout.example()))\n"
        "for shipped in scheduler.planning.examples.shipped_examples():\n"
        "    assert scheduler.example(shipped.name).study\n"
        "sys.argv = ['washout', 'example', 'trials']\n"
        "washout.main()"
    )
    run = python(program, tmp_path / "there", cwd=tmp_path)
    assert run.returncode == 0 and str(tmp_path / "there") in run.stdout, run.stderr
    written = {path.relative_to(tmp_path / "trials").as_posix() for path in
               (tmp_path / "trials").rglob("*") if path.is_file()}  # fmt: skip
    assert written == listed
    again = python(program, tmp_path / "there", cwd=tmp_path)
    assert again.returncode == 1 and "is not replaced" in again.stderr


def test_the_source_archive_holds_the_protocols_and_their_tests(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    folders = ("scheduler", "protocols", "docs", "tests", "notebooks", "benchmarks", ".ci")
    for name in folders:
        shutil.copytree(ROOT / name, source / name, ignore=_NOT_KEPT)
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, source)
    program = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("washout-*.tar.gz"))) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    kept = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    made = {name for name in kept if ".egg-info/" in name}
    assert {"docs/protocols.md", ".ci/run", "setup.py", "LICENSE", "README.md"} <= kept
    assert kept - made - held == set()
