"""The pages of the desk: each module holds the pages of one kind of work.

A page takes a `Call` and gives a response; `routes.py` names their addresses.
"""
