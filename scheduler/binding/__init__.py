"""A study bound to a protocol: the same rows as arrays, one row a participant.

`by_version` gives each participant to a version, `study` binds the tables of one version with
`context` (who, where, which clock) by way of `history`, `dates` and `decisions`; `cohort` is what
comes out. `versions` says whose version is which. What does not fit the protocol is a fault.
Doors: `by_version.bind_versions`, `study.bind`, `cohort.Cohort`.
"""
