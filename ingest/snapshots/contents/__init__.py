"""What an attachment of a snapshot is, and its way to pages and text: `look(settings, Contained) -> Looked`.

Runs in a worker process: the engines inside may crash on hostile files.
"""

from ingest.snapshots.contents.look import look
from ingest.snapshots.contents.types import Contained, Looked

__all__ = ["Contained", "Looked", "look"]
