"""Mappings with known keys: which must be there, and which go together."""

from dataclasses import dataclass

from scheduler.errors import FaultList, asked, shown
from scheduler.yaml_text.kinds import Fields, Json, ReadValue, Scalar, ValueKind, pairs
from scheduler.yaml_text.tree import Entries, RawText, Tree


@dataclass(frozen=True)
class Key:
    """One key of a record: its kind, whether it must be there, and what it says."""

    name: str
    kind: ValueKind
    says: str
    required: bool = False


@dataclass(frozen=True)
class Need:
    """Keys of which some must be there: at least one, or exactly one."""

    keys: tuple[str, ...]
    code: str
    way_out: str
    exactly_one: bool = False


@dataclass(frozen=True)
class KeyForm:
    """A set of keys that belong together, and the further keys that it may have."""

    keys: tuple[str, ...]
    may: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class RecordKind(ValueKind):
    """A mapping with known keys."""

    word: str
    expected: str
    keys: tuple[Key, ...]
    needs: tuple[Need, ...] = ()
    forms: tuple[KeyForm, ...] = ()
    extra: Scalar | None = None

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        """Fields by key."""
        if not isinstance(tree, Entries):
            return self.wrong(tree, path, faults)
        known = {k.name: k.kind for k in self.keys}
        written = {k.value for k, _ in tree.entries if isinstance(k, RawText)}
        free = [k.name for k in self.keys if k.name not in written]
        fields = Fields()
        for name, value in pairs(tree, path, faults):
            spot = f"{path}.{shown(name.value)}".strip(".")
            kind = known.get(name.value, self.extra)
            meant = name.value if kind else self._unknown(name, free, spot, faults)
            if kind or meant:
                fields[meant] = (kind or known[meant]).read(value, meant, spot, faults)
        self._missing(fields, tree.line, path, faults)
        return ReadValue(fields, tree.line, path)

    def _unknown(self, name: RawText, free: list[str], spot: str, faults: FaultList) -> str:
        guess = faults.meant(name.value, free)
        way_out = "" if guess else f"keys of {self.word}: {', '.join(k.name for k in self.keys)}"
        message = f'unknown key "{shown(name.value)}" in {self.word}{asked(guess)}'
        faults.in_line("P106", name.line, spot, message, way_out)
        return guess

    def _missing(self, there: Fields, line: int, path: str, faults: FaultList) -> None:
        for key in self.keys:
            if key.required and key.name not in there:
                message = f"found no key {key.name} in {self.word}, expected {key.kind.expected}"
                faults.in_line("P108", line, path, message)
        for need in self.needs:
            count = len(there.keys() & set(need.keys))
            if count == 0 or (count > 1 and need.exactly_one):
                many = "exactly one" if need.exactly_one else "at least one"
                found = " and ".join(key for key in need.keys if key in there) or "none"
                message = f"found {found}, expected {many} of {', '.join(need.keys)}"
                faults.in_line(need.code, line, path, message, need.way_out)

    def json(self) -> Json:
        """An object with these keys, their descriptions, and the rules on which go together."""
        schema: Json = {
            "type": "object",
            "properties": {k.name: {"description": k.says, **k.kind.json()} for k in self.keys},
            "required": [k.name for k in self.keys if k.required],
            "additionalProperties": self.extra.json() if self.extra else False,
        }
        groups = [
            {("oneOf" if need.exactly_one else "anyOf"): [{"required": [k]} for k in need.keys]}
            for need in self.needs
        ]
        if self.forms:
            groups.append({"oneOf": [self._form_json(form) for form in self.forms]})
        return {**schema, "allOf": groups} if groups else schema

    def _form_json(self, form: KeyForm) -> Json:
        bound = {key for other in self.forms for key in (*other.keys, *other.may)}
        others = sorted(bound - set(form.keys) - set(form.may))
        none = {"not": {"anyOf": [{"required": [key]} for key in others]}}
        return {"required": list(form.keys), **none}
