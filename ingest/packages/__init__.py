"""Takes packages made by `kho package` into an archive: the same records, in this home or a new one."""
