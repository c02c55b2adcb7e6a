"""What rules, gaps, windows and recorded dates say about days, as arrays; nothing is solved here.

`conditions` judges `only` and `except`; `forbidden` joins rules with exposures and turns each pair
into forbidden days by `in_days`, `in_hours` or `from_until`, collected in the table `spans`;
`recorded` says what has become of each node; `links` makes gaps and windows pairs of monotone maps.
"4 weeks before lymphodepletion" becomes days in `in_days`.
Doors: `forbidden.make_spans`, `links.make_links`, `recorded.Timeline`.
"""
