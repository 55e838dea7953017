"""Hotspots out of the facts: questions to a reader, places and zones, one look, and what is said of what it found."""
