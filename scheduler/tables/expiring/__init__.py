"""Tests that expire, as tables: `due` is the table of tests itself, `facts` what someone must find
out about them, `ahead` what calendars show of them.
"""
