"""Ways to spoil bytes and values: cut, doubled, turned, and what programs stumble over."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

ODD_BYTES = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\x1b[2J", b"\x85",
    b"\xe2\x80\xae", b"\xed\xa0\x80", b"9" * 40, b"9" * 5000, b"-1", b"1e999", b"NaN", b"null",
    b"[" * 300, b"{" * 300, b"../../x", b"/etc/x", b"C:\\x", b"\\", b'"', b"'", b"`", b"%00", b"&a;",
    b"<!--", b"]]>", b"*a", b"&a ", b"!!python/object:x ", b"<<: ", b"---\n", b"\t", b"A" * 3000,
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, float("nan"), "", "x", "..", "../x", "/x", "a\nb",
    "\x00", "\ud800", [], {}, [1], {"a": 1}, [[[[]]]],
)  # fmt: skip


def spoil(raw: bytes, random: Random) -> bytes:
    """Bytes with one to four things done to them."""
    for _ in range(random.randint(1, 4)):
        raw = _once(raw, random)
    return raw


def _once(raw: bytes, random: Random) -> bytes:
    at = random.randint(0, len(raw))
    to = min(len(raw), at + random.choice([1, 1, 4, 30, 400]))
    match random.randrange(8):
        case 0:
            return raw[:at]
        case 1:
            return raw[:at] + raw[to:]
        case 2:
            return raw[:to] + raw[at:to] * random.choice([1, 2, 50]) + raw[to:]
        case 3:
            return raw[:at] + bytes([random.randrange(256)]) + raw[min(len(raw), at + 1) :]
        case 4 | 5:
            return raw[:at] + random.choice(ODD_BYTES) + raw[to if random.random() < 0.5 else at :]
        case 6:
            lines = raw.split(b"\n")
            one, other = random.randrange(len(lines)), random.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            return b"\n".join(lines)
        case _:
            words = raw.split()
            if not words:
                return raw
            return raw.replace(random.choice(words), random.choice([*words, *ODD_BYTES]), 1)


def spoil_json(held: Any, random: Random) -> bytes:
    """JSON with a value somewhere in it replaced, taken out or put in; at times spoilt as bytes."""
    spoilt = json.loads(json.dumps(held))
    for _ in range(random.randint(1, 3)):
        spoilt = _odd_value(spoilt, random)
    raw = json.dumps(spoilt).encode()
    return spoil(raw, random) if random.random() < 0.3 else raw


def _odd_value(held: Any, random: Random) -> Any:
    if not isinstance(held, dict | list) or not held or random.random() < 0.15:
        return deepcopy(random.choice(ODD_VALUES))
    keys = list(held) if isinstance(held, dict) else list(range(len(held)))
    key = random.choice(keys)
    if random.random() < 0.1:
        del held[key]
    elif isinstance(held, dict) and random.random() < 0.15:
        held[str(random.choice(ODD_VALUES))] = held.pop(key)
    else:
        held[key] = _odd_value(held[key], random)
    return held
