"""REDCap projects: events with day offsets, read (`reading`) and written (`export`)."""
