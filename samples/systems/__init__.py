"""Invented closed systems: what their databases held, and one writer for each form they are handed over in."""
