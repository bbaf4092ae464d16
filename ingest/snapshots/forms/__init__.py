"""The forms a snapshot may have: one reader each, found by content (`open`). Each fills the port of `ingest.snapshots.source`."""
