"""Tables that a page of the documentation holds between marks, written anew from what they tell."""

import re
from collections.abc import Mapping


def table_text(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def filled_page(page: str, tables: Mapping[str, str]) -> str:
    """The page with each table in the place of its name."""
    for name, table in tables.items():
        place = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert len(place.findall(page)) == 1, f"no place for the table {name}"
        page = place.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", page)
    return page
