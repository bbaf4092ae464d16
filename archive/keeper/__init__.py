"""The keeper: the process that owns what the look-up must record (audit log, sessions, secrets).

The web process reaches it through a Unix socket (`client`) and writes nothing itself.
"""
