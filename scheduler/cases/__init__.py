"""Worked cases: cases.yaml, read and run by `washout test`.

`file` reads the cases with every fault and its line, `kinds` says what a case may hold, `running`
plans each case and compares.
Doors: `running.load_cases`, `running.run_cases`.
"""
