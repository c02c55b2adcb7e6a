"""The desk: a local web application for the people who run a study, with an audit trail.

It holds no rule about dates: it keeps what people record (store), asks the plan, and shows the
answer. `one_plan` is one participant, `people` keeps the plans up to date row by row, `effects`
says what a change changes, `worklist` what needs a person, `daypicker` the days of one step,
`timeline` their drawing, `forms` turns answers into rows, `texts` is the catalogue of all
sentences. `guard`, `visitors` and `passwords` keep strangers out,
`application` ties addresses to pages (`pages/`) and to the interface for programs
(`interface/`), `refusals` says no in both, `serving` runs it.
Door: `serving.serve`.
"""
