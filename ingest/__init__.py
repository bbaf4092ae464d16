"""Turns sources (scanned folders, later snapshots) into packages. Imports `archive`."""
