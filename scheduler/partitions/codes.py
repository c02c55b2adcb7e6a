"""The codes of faults that only cohorts have; each is told in docs/cohorts.md."""

CODES = {
    "K101": "a row of dates or decisions that does not say which of several protocols it is about",
    "K102": "a cell of participants that belongs to one protocol, where there are several",
    "K110": "a file of a partition that is missing or has changed since the import",
    "K111": "the worker was killed each time that it planned this partition",
    "K112": "the program failed at this partition",
    "K113": "a worker with another version of the program, its libraries or its data",
}
