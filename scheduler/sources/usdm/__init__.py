"""USDM (CDISC, versions 3 and 4): a schedule of activities as visits.

`json` and `model` hold what the file says; `header`, `flow`, `placement`, `visits`, `windows`,
`durations`, `cycles` and `criteria` read its parts, `names` makes ids, `checks` compares.
Door: `reading.import_usdm`.
"""
