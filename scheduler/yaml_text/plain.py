"""A tree of YAML text as plain Python values, and the other way round is `writing`."""

import re
from datetime import date
from typing import Any

from scheduler.yaml_text.tree import Entries, ListNode, RawText, Tree

_WHOLE = re.compile("0|[1-9][0-9]*")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def plain_values(tree: Tree) -> Any:
    """Dictionaries, lists and scalars of a tree without faults.

    What stands without quotes and is a truth value, a whole number or a day is one; everything else
    is text, exactly as written.
    """
    if isinstance(tree, Entries):
        return {str(plain_values(key)): plain_values(value) for key, value in tree.entries}
    if isinstance(tree, ListNode):
        return [plain_values(item) for item in tree.items]
    assert isinstance(tree, RawText)
    return tree.value if tree.quoted else _scalar(tree.value)


def _scalar(text: str) -> bool | int | date | str:
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    return date.fromisoformat(text) if _DAY.fullmatch(text) else text
