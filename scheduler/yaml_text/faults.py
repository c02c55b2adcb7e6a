"""The fault codes of YAML files, and a value that is refused."""

from scheduler.errors import FaultList

CODES: dict[str, str] = {
    "P100": "the file is not there or cannot be opened",
    "P101": "the file is not UTF-8 text",
    "P102": "the file is not well-formed YAML",
    "P103": "a YAML feature that protocol files do without: anchor, alias, merge key, tag, "
    "a second document",
    "P104": "not a duration, or one that cannot stand here (negative, fractional, zero, too long)",
    "P105": "a key is written twice",
    "P106": "a key that is not known here",
    "P107": "a name that is declared nowhere",
    "P108": "a key is missing",
    "P109": "a value of the wrong kind, or none of the words that are allowed",
    "P110": "a value without quotes that YAML may read as something else",
    "P111": "not a date",
    "P112": "not a time zone",
    "P113": "a name or id is used twice",
    "P114": "an id that cannot be used: unsafe characters, or a reserved word",
    "P115": "neither a source nor an assumption",
    "P116": "a quoted phrase of more than twelve words",
    "P117": "a rule that has no form, two forms, or a key that its form has no use for",
    "P118": "a visit or task that has no anchor, or two",
    "P119": "min is more than max",
    "P120": "visits that hang off one another in a circle",
    "P121": "the two ends are the same, both fixed, or the wrong way round",
    "P122": "hours between nodes that have no time of day",
    "P123": "study_opens, study_closes or birth where it cannot be used",
    "P124": "a repeated visit without a number, or a number that it does not have",
    "P125": "the study closes before it opens",
    "P126": "day_zero on more than one milestone",
    "P127": "a control character, an invisible direction mark, or half a character",
    "P128": "not a whole number, or one out of range",
    "P129": "not a time of day",
    "P130": "hours mixed with days in one duration",
    "P131": "half-lives where none can be counted",
    "P132": "a file of versions/ that holds another protocol, another version than its name says, "
    "or a version that protocol.yaml holds already",
    "P133": "hours where whole days are counted",
    "P134": "a test counted from a node that a schedule may do without",
    "P135": "working days where they cannot be counted",
    "P136": "a usual interval before something else than a milestone",
    "P150": "(warning) an event that no rule names",
    "P151": "(warning) min is more than max where the gap starts on some days, though not on all",
}


class Refused(Exception):
    """A value that cannot stand where it stands; the reader turns it into a fault."""

    def __init__(self, code: str, message: str, way_out: str = "") -> None:
        """Takes the parts of the fault."""
        self.code, self.message, self.way_out = code, message, way_out
        super().__init__(message)


def yaml_faults(name: str) -> FaultList:
    """An empty list for the faults of the file of that name."""
    return FaultList(CODES, name)


def refuse(faults: FaultList, refused: Refused, line: int, path: str) -> None:
    """Notes a refused value as a fault."""
    faults.in_line(refused.code, line, path, refused.message, refused.way_out)
