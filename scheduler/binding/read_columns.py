"""Which columns of a study do protocols read? All others may stay where they come from.

Source: docs/cohorts.md (columns that no protocol reads).
"""

from collections.abc import Iterable, Sequence

from scheduler.binding.context import listed_values
from scheduler.errors import did_you_mean
from scheduler.protocol import Protocol
from scheduler.study.tables import normal_name

_ALWAYS = {
    "participants": ("participant", "site", "protocol_version", "withdrawn", "screen_failed"),
    "history": ("participant", "event", "start", "end"),
    "dates": ("participant", "milestone", "date", "status", "protocol"),
    "decisions": ("participant", "rule", "decision", "date", "event", "start", "protocol"),
}


def columns_read(protocols: Iterable[Protocol]) -> dict[str, tuple[str, ...]]:
    """The columns of each table that protocols read, in any of their versions.

    A birth date is read where a rule is about ages or something counts from it, a half-life and an
    agent where a rule counts half-lives, and an attribute where a rule, gap or visit holds for some
    of its values or excepts them.
    """
    found = {table: dict.fromkeys(columns) for table, columns in _ALWAYS.items()}
    every = [version for protocol in protocols for version in (protocol, *protocol.versions)]
    for one in every:
        only = [rule.only for rule in one.rules] + [gap.only for gap in one.gaps]
        only += [visit.only for visit in one.visits]
        found["participants"] |= dict.fromkeys(listed_values(only))
        found["history"] |= dict.fromkeys(listed_values(rule.exempt for rule in one.rules))
        if one.counts_birth or any(rule.traits.of_ages for rule in one.rules):
            found["participants"]["birth_date"] = None
        if any(rule.length is not None and rule.length.needs_half_life for rule in one.rules):
            found["history"] |= {"half_life": None, "agent": None}
    return {table: tuple(columns) for table, columns in found.items()}


def kept_columns(heads: Sequence[str], read: Sequence[str]) -> list[bool]:
    """Whether each column is read, or looks like a slip of one that is and is not there."""
    names = [normal_name(head) for head in heads]
    wanted = {normal_name(name) for name in read}
    missing = sorted(wanted - set(names))
    return [name in wanted or bool(did_you_mean(name, missing)) for name in names]
