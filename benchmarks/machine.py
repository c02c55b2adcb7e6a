"""On which machine was it measured? Cores, processor, memory and versions; no names, no paths."""

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe(packages: Sequence[str]) -> str:
    """One sentence on the machine and the versions."""
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        with suppress(metadata.PackageNotFoundError):
            versions.append(f"{package} {metadata.version(package)}")
    memory = _memory()
    told = f", {memory / 2**30:.0f} GiB memory" if memory else ""
    return f"{cores()} cores ({_model()}){told}, {platform.system()}; {', '.join(versions)}."


def _model() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int:
    with suppress(ValueError, OSError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 0
