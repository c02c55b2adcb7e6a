"""Seeded hostile input for what comes from outside: `python -m tests.fuzz --seed 1 --rounds 500 protocols`."""
