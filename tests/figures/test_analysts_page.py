"""docs/analysts.md: its code runs, and its links and pictures are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "analysts.md"


def test_code_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "protocols").symlink_to(ROOT / "protocols")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S))
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    assert (tmp_path / "P-009.svg").stat().st_size > 5000
    assert (tmp_path / "study.pdf").stat().st_size > 5000
    left = names["left"]
    # screening of P-002 on 23 or 24 June 2026 (the example's README)
    assert left[("P-002", "screening")] == 2  # type: ignore[index]


def test_links_and_pictures() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
    missing = [link for link in links if not (PAGE.parent / link).is_file()]
    assert len(links) >= 10
    assert missing == []
    for name in ("timeline", "timeline-undetermined", "swimlanes"):
        head = (PAGE.parent / "images" / f"{name}.png").read_bytes()[:24]
        width = int.from_bytes(head[16:20], "big")
        assert abs(width - 178 / 25.4 * 300) <= 1  # double column, 300 dots an inch
