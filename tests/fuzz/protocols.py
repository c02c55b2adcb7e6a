"""Protocol files: whatever stands in one, there is a protocol or there are faults with codes."""

from __future__ import annotations

from pathlib import Path
from random import Random

from scheduler.protocol.reading import read_protocol
from scheduler.yaml_text.faults import CODES
from tests.fuzz.mutations import spoil

_DATA = Path(__file__).parents[1] / "data" / "demo-001.yaml"


def one_round(random: Random, folder: Path) -> None:
    """Read a spoilt protocol file."""
    path = folder / "protocol.yaml"
    path.write_bytes(spoil(_DATA.read_bytes(), random))
    protocol, faults = read_protocol(path)
    assert protocol is not None or any(not fault.warning for fault in faults)
    assert all(fault.code in CODES for fault in faults)
    told = "".join(map(str, faults))
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in told), repr(told)
    if protocol is not None:
        assert protocol.nodes and len(protocol.anchors_first) == len(protocol.nodes)
