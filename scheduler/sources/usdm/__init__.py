"""USDM (CDISC, versions 3 and 4): a schedule of activities as visits.

`json`, `model` and `timings` hold what the file says; `header`, `flow`, `ends`, `placement`,
`gaps`, `visits`, `windows`, `durations`, `cycles`, `passes` and `criteria` read its parts, `names`
makes ids, `checks` compares.
Door: `reading.import_usdm`.
"""
