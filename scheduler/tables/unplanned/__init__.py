"""Recorded dates that no plan holds: those of earlier attempts at screening, unscheduled visits.

Both bind nothing. Doors: `earlier.attempts_frame`, `unscheduled.unscheduled_frame`.
"""
