"""A study in partitions: imported once, planned partition by partition, on one machine or many.

Dask, distributed and pyarrow are an extra (`washout[cohort]`); every module here loads them only
where it needs them. Source: docs/cohorts.md, docs/decisions/0013-partitions-and-hash.md.
"""
