"""The grammar of time phrases: which times a text states, before or after what.

`text` cuts a text, `grammar` holds the words in tables, `numbers`, `compound`, `ages`, `relation`,
`sides`, `anchor`, `joined`, `sharing` and `untimed` read the parts of a phrase, `record` is what is
found.
Door: `reading`.
"""
