"""The access log: who saw what, when and why, in a form that cannot be changed unnoticed (archive/FORMAT.md)."""
