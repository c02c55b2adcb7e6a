"""The interface for programs: rows, tables, changes, what-if as JSON and CSV, and calendar feeds.

Described by `openapi.json`, which the desk serves and docs/desk-api.md explains.
"""
