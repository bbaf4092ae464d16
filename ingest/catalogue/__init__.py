"""The office's own lists of its documents (mục lục): read, matched with what was scanned, kept."""
