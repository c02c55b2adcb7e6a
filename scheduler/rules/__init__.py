"""What rules, gaps, windows and recorded dates say about days, as arrays; nothing is solved here.

`conditions` judges `only` and `except`, `counting` says which exposures a rule looks at and counts.
`forms` finds by form the maker that turns a rule into forbidden days: `one_node` (by `in_days` or
`in_hours`), `from_until` or `ages`. They are collected in the table `spans` by `forbidden`.
`recorded` says what has become of each node; `links` makes gaps and windows pairs of monotone maps,
`linking` lists those that a cohort has.
"4 weeks before lymphodepletion" becomes days in `in_days`.
Doors: `forbidden.compute_spans`, `linking.links_of`, `recording.build_timeline`.
"""
