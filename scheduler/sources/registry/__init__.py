"""Registry records: a draft of a protocol file, with what a person must decide left open.

`record` reads a record or page, `criteria` splits its eligibility text, `ages` and `rules` make of
it what can be made, `states` tells what must hold from what is forbidden, `quoting` cites.
Door: `drafting.draft`.
"""
