"""YAML files as people write them: raw text with its line, and every fault at once.

A text becomes a tree whose scalars keep their raw text, quotes and line (`tree`); `records` says
which keys a mapping must and may have and which go together; `kinds` reads each value or says
what is wrong with it, and tells JSON Schema the same; `faults` names the codes. protocol.yaml,
cases.yaml and sites.yaml are all read here, so the room belongs to none of them.
Doors: `tree.read_tree`, `records`, `kinds`.
"""
