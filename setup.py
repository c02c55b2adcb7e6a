"""Puts the protocols and their examples into the wheel, and README on the page of a package index.

Everything else about the project is in setup.cfg.
"""

import re
from configparser import ConfigParser
from pathlib import Path
from shutil import copytree

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:)([^)#\s]*)(#[^)\s]*)?\)")  # to a file of ours


class BuildWithExamples(build_py):
    """Copies protocols/ beside the modules, where `planning/examples.py` looks for it."""

    def run(self) -> None:
        """Builds; an editable install reads the folder where it lies."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "scheduler", "example_files")
            copytree("protocols", target, dirs_exist_ok=True)


def page(text: str, home: str) -> str:
    """README as a package index shows it, which has none of the files that its links lead to.

    With a `home` (the address of the repository) they are absolute; without one, links are their
    words, and pictures are what they show.
    """

    def link(found: re.Match[str]) -> str:
        picture, words, path, part = found.groups(default="")
        if not home:
            return f"*{words}*" if picture else words
        where = "raw" if picture else "blob"
        return f"{picture}[{words}]({home}/{where}/HEAD/{path or 'README.md'}{part})"

    return LINK.sub(link, text)


def urls(home: str) -> dict[str, str]:
    """What a package index links to beside the page."""
    if not home:
        return {}
    kept = {"Documentation": "docs", "Changes": "CHANGELOG.md", "Security": "docs/security.md"}
    return {"Source": home} | {name: f"{home}/blob/HEAD/{path}" for name, path in kept.items()}


settings = ConfigParser()
settings.read(HERE / "setup.cfg", encoding="utf-8")
repository = settings.get("washout", "home", fallback="").strip().rstrip("/")
setup(
    cmdclass={"build_py": BuildWithExamples},
    long_description=page((HERE / "README.md").read_text(encoding="utf-8"), repository),
    project_urls=urls(repository),
)
