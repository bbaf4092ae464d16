"""Read-only look-up. Imports only the read side of `archive`."""
