"""Second copies of the home: compared, repaired from, backed up to and restored from."""
