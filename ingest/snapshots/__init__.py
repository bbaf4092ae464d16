"""Takes over snapshots of closed systems: one reader per form, one mapping language, one take-over."""
