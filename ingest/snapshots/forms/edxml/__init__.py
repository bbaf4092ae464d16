"""Documents exchanged between offices: edXML packages and status messages (QCVN 102:2016/BTTTT), one or many.

Fixed tables (fields.py). Tolerant of what real systems write; the bytes of an attachment stay where they are.
"""

from ingest.snapshots.forms.edxml.reader import opened, takes

__all__ = ["opened", "takes"]
