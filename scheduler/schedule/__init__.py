"""One day for every node: recommended, booked, optional; and the window the others leave.

`recommend` chooses node after node, keeping what is chosen in `chosen`; `optional_nodes` and
`optional_bookings` place what no complete schedule needs; `windows_left` says which window the
other dates leave to each node; `appointments` are the recorded and booked dates alone.
Doors: `recommend.recommend`, `windows_left.windows_given`, `appointments`.
"""
