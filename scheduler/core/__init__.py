"""The exact engine: arrays in, arrays out. No files, no clock, no pandas, no text."""
