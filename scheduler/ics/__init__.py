"""The parts of the calendar output: entries, their wording, their bytes, and their life."""
