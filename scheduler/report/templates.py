"""What the templates of the report and of the desk share: how they are kept, small filters."""

import re
import sys
from contextlib import suppress
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket

_OF_DICT = frozenset(dir(dict))
_PAIRS = {")": re.compile("[()]"), "]": re.compile(r"[\[\]]")}
ESCAPED, TRIMMED = True, True


def sentence_parts(text: str) -> tuple[str, str]:
    """A sentence, and what it rests on where that stands in brackets at its end."""
    bare = text.removesuffix(".")
    pair, depth = _PAIRS.get(bare[-1:]), 0
    places = [found.start() for found in pair.finditer(bare, 1)] if pair else []
    for place in reversed(places):
        depth += 1 if bare[place] == bare[-1] else -1
        if not depth:
            return (text[:place].rstrip(), text[place:]) if text[place - 1] == " " else (text, "")
    return text, ""


def readable(word: str) -> str:
    """A code word as words: `no_schedule` is `no schedule`."""
    return word.replace("_", " ")


class RowEnvironment(Environment):
    """An environment of templates that read rows: `row.day` looks into a dict at once."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute` is, as in any environment: what a dict can do goes first."""
        if type(obj) is dict and attribute not in _OF_DICT and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates beside the compiled modules; they name the text that they are made of."""

    def get_source_checksum(self, source: str) -> str:
        """The sum of what a template is compiled from: its text and the options."""
        return super().get_source_checksum(f"{ESCAPED}{TRIMMED}{source}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps one where Python may keep its own; a folder that takes none costs time alone."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)
