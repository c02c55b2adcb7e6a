"""A headless Chromium for tests: what a page logs, what a script in it finds, what it prints."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def chromium() -> str:
    """The browser's program; skips the test where there is none."""
    found = os.environ.get("WASHOUT_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), "")
    if not found:
        pytest.skip("no Chromium here; apt-get install chromium, or set WASHOUT_CHROMIUM")
    return found


def run(page: Path, *flags: str, width: int = 1280) -> tuple[str, list[str]]:
    """What Chromium writes about a page, and the lines of its console."""
    program = chromium()
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [program, *_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},900",
             "--enable-logging=stderr", "--v=0", *flags, page.as_uri()],
            check=True, capture_output=True, timeout=240, text=True, encoding="utf-8",
        )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def console(page: Path, width: int = 1280) -> list[str]:
    """The lines that a page writes to the console, errors and refused loads among them."""
    return run(page, "--dump-dom", width=width)[1]


_FRAME = """<!doctype html><title>frame</title>
<iframe id="page" width="{width}" height="900" src="{source}"></iframe>
<script>addEventListener("message", (event) => {{
  if (event.data.width) {{ document.getElementById("page").width = event.data.width; return; }}
  const out = document.createElement("pre");
  out.id = "test-result";
  out.textContent = event.data.found;
  document.body.appendChild(out);
}});</script>"""
_RESIZE = """const resize = async (width) => {
  parent.postMessage({ width }, "*");
  for (let turn = 0; innerWidth !== width && turn < 100; turn += 1) {
    await new Promise((done) => setTimeout(done, 50));
  }
};"""


def ask(page: Path, script: str, width: int = 1280, library: str = "") -> Any:
    """What an async function body returns inside a copy of the page that lets it run.

    The copy stands in a frame of the wanted width, since windows have a least one. The script may
    `await resize(width)`.
    """
    html = page.read_text(encoding="utf-8")
    assert _POLICY.search(html), "the page has lost its policy"
    added = (
        f"<script>{library}</script><script>addEventListener('load', async () => {{ {_RESIZE}"
        f"let found; try {{ found = await (async () => {{ {script} }})() }}"
        "catch (error) { found = {error: String(error)} }"
        "const text = btoa(unescape(encodeURIComponent(JSON.stringify(found))));"
        "parent.postMessage({found: text}, '*') })</script>"
    )
    head, _, tail = _POLICY.sub("", html, count=1).rpartition("</body>")
    copy = page.with_name(f"asked-{page.name}")
    copy.write_text(f"{head}{added}</body>{tail}", encoding="utf-8")
    frame = page.with_name(f"frame-{page.name}")
    frame.write_text(_FRAME.format(width=width, source=copy.name), encoding="utf-8")
    dom, logged = run(frame, "--dump-dom", "--virtual-time-budget=60000", width=1400)
    result = re.search(r'<pre id="test-result">([A-Za-z0-9+/=]*)</pre>', dom)
    assert result, f"the script gave no result; console: {logged}"
    return json.loads(base64.b64decode(result[1]).decode())
