"""One day for every node: recommended, booked, optional; and the window the others leave.

`recommending` chooses node after node, keeping what is chosen in `chosen`; `optional_nodes` and
`optional_bookings` place what no complete schedule needs; `windows_left` says which window the
other dates leave to each node; `firm_dates` are the recorded and booked dates alone.
Doors: `recommending.recommend`, `windows_left.windows_given`, `firm_dates.appointments`.
"""
