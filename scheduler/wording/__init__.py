"""Records to English sentences, one at a time and for many rows; prose about plans lives here.

`rules`, `reasons`, `exposures` and `changes` word one record; `many_rows` makes each distinct text
once, and `many_reasons` does so for reasons. `looks` says what a state looks like: tone, colour,
hatch and letter. A second language would be a second set beside these.
Doors: `rules`, `reasons.reason_sentence`, `many_rows`, `looks`.
"""
