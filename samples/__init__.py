"""Fictional, generated material: nothing here was copied from elsewhere."""
