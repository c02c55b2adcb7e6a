"""What the templates of the report and of the desk share: how they are kept, small filters."""

import sys
from contextlib import suppress

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

ESCAPED, TRIMMED = True, True


def sentence_parts(text: str) -> tuple[str, str]:
    """A sentence, and what it rests on where that stands in brackets at its end."""
    bare = text.removesuffix(".")
    pair = {")": "(", "]": "["}.get(bare[-1:])
    depth = 0
    for place in range(len(bare) - 1, 0, -1) if pair else ():
        depth += (bare[place] == bare[-1]) - (bare[place] == pair)
        if not depth:
            return (text[:place].rstrip(), text[place:]) if text[place - 1] == " " else (text, "")
    return text, ""


def readable(word: str) -> str:
    """A code word as words: `no_schedule` is `no schedule`."""
    return word.replace("_", " ")


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
