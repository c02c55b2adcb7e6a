"""The worklist (todo.csv): what a person must do, most urgent first.

`looked` is what it is made from and what one row holds; `bookings` makes the rows about bookings
that cannot stand or wait, `making` all others and the table.
Door: `making.todo_frame`.
"""
