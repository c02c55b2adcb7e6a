"""How does the phrase reader's time grow with its text? Repeated patterns, 10^3 to 10^6 signs.

    python benchmarks/phrase_growth.py [--largest 1000000] [--pattern NAME]

For each pattern: seconds at each size, and how much longer ten times the text takes (10 is linear).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scheduler.sources.phrases.reading import find_phrases  # noqa: E402

PATTERNS: dict[str, str] = {
    "semicolons": "; ",
    "bare semicolons": ";",
    "half": "half ",
    "half-lives": "5 half-lives ",
    "half a drug": "2 a b c half ",
    "ages": "age ",
    "ages with numbers": "aged 18 ",
    "ages with years": "18 years and ",
    "repeated word": "prior ",
    "repeated anchor": "prior to the first ",
    "numbers": "1 ",
    "ranges": "1-",
    "number words": "twenty ",
    "lengths": "4 weeks ",
    "lengths joined": "4 weeks or ",
    "lengths whichever": "4 weeks or 5 half-lives, whichever is longer, ",
    "lists": "3, 6 and ",
    "opening brackets": "(",
    "brackets": "(4 weeks) ",
    "blanks": " ",
    "line ends": "\n",
    "items": "* \n",
    "letters": "a",
    "words": "word ",
    "escapes": "\\*",
    "entities": "&gt;",
    "tags": "<p>",
    "signs": ">= ",
    "within": "within ",
    "the last": "the last ",
    "ever": "previous a b c d ",
    "at": "at the time of the ",
    "between": "between a and ",
    "dots": ". ",
    "commas": "a, ",
    "gestation": "36 + ",
    "real": "Surgery within 4 weeks prior to screening, or vaccination in the past 30 days. ",
}


def seconds(pattern: str, size: int) -> float:
    """How long does it take to read so many signs of a repeated pattern?"""
    text = (pattern * (size // len(pattern) + 1))[:size]
    began = time.perf_counter()
    find_phrases(text)
    return time.perf_counter() - began


def main(argv: list[str] | None = None) -> int:
    """Prints the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--largest", type=int, default=1_000_000)
    options.add_argument("--pattern", choices=PATTERNS, action="append")
    chosen = options.parse_args(argv)
    sizes = [size for size in (10**3, 10**4, 10**5, 10**6) if size <= chosen.largest]
    print(f"{'pattern':20}" + "".join(f"{size:>12,}" for size in sizes) + f"{'last x10':>10}")
    for name in chosen.pattern or PATTERNS:
        taken = [seconds(PATTERNS[name], size) for size in sizes]
        growth = taken[-1] / taken[-2] if len(taken) > 1 else 1.0
        print(f"{name:20}" + "".join(f"{one:12.3f}" for one in taken) + f"{growth:10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
