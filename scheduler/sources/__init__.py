"""Readers of protocols that others wrote: one outside format a module, each to a protocol file."""
