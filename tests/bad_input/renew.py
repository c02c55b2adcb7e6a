"""Writes the expected faults beside every broken protocol: `python -m tests.bad_input.renew`.

Read what it wrote before you keep it: each line must be true, and say the way out.
"""

from pathlib import Path

from scheduler.protocol.reading import read_protocol

FOLDER = Path(__file__).parent / "protocols"


def faults_of(file: Path) -> str:
    """What a reader of the file is told, one fault after the other."""
    _, faults = read_protocol(file)
    text = "".join(f"{fault}\n" for fault in faults)
    return text.replace(f"{FOLDER.as_posix()}/", "")


def main() -> None:
    for file in sorted(FOLDER.glob("*.yaml")):
        expected = file.with_suffix(".txt")
        expected.write_bytes(faults_of(file).encode())


if __name__ == "__main__":
    main()
