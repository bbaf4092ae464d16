"""One file per engine behind the ports of `archive.ports`."""
