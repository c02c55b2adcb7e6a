"""Puts the protocols and their examples into the wheel; they stand once, in protocols/.

Everything else about the project is in setup.cfg.
"""

from pathlib import Path
from shutil import copytree

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithExamples(build_py):
    """Copies protocols/ beside the modules, where `planning/examples.py` looks for it."""

    def run(self) -> None:
        """Builds; an editable install reads the folder where it lies."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "scheduler", "example_files")
            copytree("protocols", target, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithExamples})
