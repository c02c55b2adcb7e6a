"""Readers of protocols that others wrote: a folder a format, each to a protocol file.

`usdm`, `redcap` and `registry` read one format each; `phrases` is the grammar of time phrases that
`registry` and `citations` share; `emit` writes the protocol file, `findings` what was not read.
"""
