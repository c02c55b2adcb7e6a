"""Writes the tables of docs/protocol-file.md anew: `python -m tests.unit.protocol_reference`."""

from pathlib import Path

from scheduler.protocol.forms import WAYS
from scheduler.protocol.schema import RECORDS
from scheduler.yaml_text.faults import CODES
from tests.unit.page_tables import filled_page, table_text

PAGE = Path(__file__).parents[2] / "docs" / "protocol-file.md"


def tables() -> dict[str, str]:
    """Each generated table by the name of its place in the page."""
    found = {name: _keys(name) for name, _ in RECORDS}
    found["forms"] = table_text(
        ("keys", "further keys it may have", "example"),
        [(_code(form.keys), _code(("only", *form.may)), f"`{form.example}`") for form in WAYS],
    )
    found["faults"] = table_text(("code", "meaning"), list(CODES.items()))
    return found


def _keys(name: str) -> str:
    record = dict(RECORDS)[name]
    needed = {key: need for need in record.needs for key in need.keys}
    rows = []
    for key in record.keys:
        need = needed.get(key.name)
        must = "yes" if key.required else ""
        if need is not None:
            must = " or ".join(f"`{other}`" for other in need.keys)
            must += ", not both" if need.exactly_one else ""
        rows.append((f"`{key.name}`", key.kind.word, must, key.says))
    if record.extra is not None:
        rows.append(("any other", record.extra.word, "", "Kept for readers; not interpreted."))
    return table_text(("key", "value", "required", "what it says"), rows)


def _code(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def filled(page: str) -> str:
    """The page with every generated table as the schema has it now."""
    return filled_page(page, tables())


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
