"""Why a day is out, and why nobody can go on.

`builder` lays a participant's constraints out as a case for `core/clash`, with `labels` (what items
are called), `links` and `link_tables` (what gaps and windows push); the smallest set that comes
back is put into words by `explaining`.
Doors: `explaining.explain`, `builder.CaseBuilder`.
"""
