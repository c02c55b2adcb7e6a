"""The pictures themselves: files, sizes, texts that fit, colours that a grey print keeps apart."""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from scheduler import figures
from scheduler.errors import NotWritable, WashoutError
from scheduler.figures.style import BARS, MARKS
from scheduler.planning.plans import Plan

MM = 25.4
SVG = "{http://www.w3.org/2000/svg}"


def drawn(plan: Plan, who: str, width: figures.Width) -> "figures.PlanFigure":  # type: ignore[name-defined]
    if who == "lanes":
        return figures.swimlanes(plan, width=width)
    return figures.timeline(plan, who, width=width)


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("who", ["P-003", "P-004", "P-011", "P-014", "P-016", "lanes"])
def test_texts_fit_and_do_not_overlap(example: Plan, who: str, width: figures.Width) -> None:
    """Every text lies on the page, and no two of them touch."""
    figure = drawn(example, who, width)
    renderer = figure.canvas.get_renderer()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    assert len(texts) > 20
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts]
    page = Bbox([[0, 0], [figure.bbox.width, figure.bbox.height]])
    for text, box in boxes:
        assert page.x0 - 0.5 <= box.x0 and box.x1 <= page.x1 + 0.5, text
        assert page.y0 - 0.5 <= box.y0 and box.y1 <= page.y1 + 0.5, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        # boxes of letters hold room for accents and tails; a pixel or two of it may be shared
        assert across <= 1 or down <= 3, (one, other)


@pytest.mark.parametrize(("width", "mm"), [("single", 85), ("double", 178)])
def test_width_of_a_column(example: Plan, width: figures.Width, mm: float) -> None:
    figure = figures.timeline(example, "P-003", width=width)
    assert figure.get_figwidth() * MM == pytest.approx(mm)
    sizes = {t.get_fontsize() for t in figure.findobj(Text) if t.get_text().strip()}
    assert min(sizes) >= 5  # points: the least that journals print


@pytest.mark.parametrize("suffix", figures.SUFFIXES)
def test_same_bytes_every_time(example: Plan, tmp_path: Path, suffix: str) -> None:
    files = [tmp_path / f"{name}{suffix}" for name in ("one", "two")]
    for file in files:
        figures.write_figure(figures.timeline(example, "P-004"), file)
    contents = [file.read_bytes() for file in files]
    assert contents[0] == contents[1]
    begins = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}
    assert contents[0].startswith(begins[suffix])
    assert b"CreationDate" not in contents[0]
    assert b"dc:date" not in contents[0]


def test_same_bytes_in_another_process(small: Plan, small_folder: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.svg", tmp_path / "there.svg"
    figures.write_figure(figures.swimlanes(small), here)
    command = [
        sys.executable, "-m", "scheduler", "plot", str(small_folder), str(small_folder / "study"),
        "--as-of", "2026-03-05", "--out", str(there),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONHASHSEED": "4711", "MPLBACKEND": "svg", "TZ": "America/Lima"}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert here.read_bytes() == there.read_bytes()


def test_user_text_is_only_text(small: Plan, tmp_path: Path) -> None:
    """Neither mathematics nor markup is made of a code such as $x^2$<b>."""
    file = tmp_path / "x.svg"
    figures.write_figure(figures.timeline(small, "$x^2$<b>"), file)
    root = ElementTree.parse(file).getroot()
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    assert "$x^2$<b>: scheduled" in texts
    assert not list(root.iter(f"{SVG}b"))


def test_letters_of_other_scripts_warn_or_show(small: Plan) -> None:
    """Chinese letters use an installed font that has them; without one, matplotlib warns."""
    from scheduler.figures.texts import fonts_for, text_width

    assert fonts_for(["Informed consent, 5 µg"]) == ("DejaVu Sans",)
    fonts = fonts_for(["知情同意"])
    if len(fonts) == 1:
        pytest.skip("no font with Chinese letters is installed here")
    assert text_width("知情同意", 7, fonts) > 3 * text_width("a", 7, fonts)


def test_savefig_of_the_figure_itself(small: Plan, tmp_path: Path) -> None:
    figure = figures.timeline(small, "S-2")
    for name in ("a.svg", "b.svg"):
        figure.savefig(tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_settings_of_the_user_are_left_alone(small: Plan, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    figures.write_figure(figures.swimlanes(small), tmp_path / "x.png")
    assert dict(mpl.rcParams) == before


def lightness(colour: str) -> float:
    """The lightness of a grey print, 0 to 1 (Rec. 709 weights)."""
    red, green, blue = to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(BARS, 2)))
def test_bars_differ_in_grey(one: str, other: str) -> None:
    """Two meanings that one figure can show differ in height, fill, hatch, line or lightness."""
    if {one, other} == {"permitted", "next"}:
        return  # the same meaning in two kinds of figure
    a, b = BARS[one], BARS[other]  # type: ignore[index]
    shapes = [(s.bottom - s.top, s.face == "none", s.hatch, s.dash) for s in (a, b)]
    if shapes[0] == shapes[1]:
        assert "none" not in (a.face, b.face)
        assert abs(lightness(a.face) - lightness(b.face)) > 0.12


def test_marks_differ_without_colour() -> None:
    looks = [(s.marker, s.size, s.face == "none", lightness(s.face if s.face != "none" else "w") > 0.7)
             for s in MARKS.values()]  # fmt: skip
    assert len(set(looks)) == len(looks)


def test_without_matplotlib(small: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(figures.FiguresMissing, match=r'pip install "washout\[figures\]"'):
        figures.timeline(small, "S-2")
    with pytest.raises(figures.FiguresMissing):
        figures.swimlanes(small)


def test_suffix_says_the_format(tmp_path: Path) -> None:
    assert figures.check_suffix("A.PNG") == ".png"
    with pytest.raises(
        NotWritable, match=r'found the suffix "\.jpg", expected one of \.png, \.svg'
    ):
        figures.check_suffix("x.jpg")
    with pytest.raises(NotWritable, match="found no suffix"):
        figures.check_suffix(tmp_path / "x")


def test_too_many_lanes(small: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.figures.lanes.MOST_LANES", 1)
    with pytest.raises(WashoutError, match="found 2 participants, expected at most 1 lanes"):
        figures.swimlanes(small)
