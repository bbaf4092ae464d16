"""The crash matrix: every call that changes a file, of every command that matters, is killed or made to fail in turn."""
