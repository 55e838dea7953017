"""Where trouble is gathering: space-time scans over tables of places and cases, and what the product makes of them.

The scan works on any table (docs/hotspots.md shows each form); nothing here reads a file, a database or a clock.
"""
