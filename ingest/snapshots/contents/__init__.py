"""What an attachment of a snapshot is, and its way to pages and text: `look(settings, Contained) -> Looked`.

`sweep` before a run, `forget` when a content has been read: copies need not stay in the work folder.
Runs in a worker process: the engines inside may crash on hostile files.
"""

from ingest.snapshots.contents.keeping import forget, keep_text, sweep
from ingest.snapshots.contents.look import look
from ingest.snapshots.contents.types import Contained, Looked

__all__ = ["Contained", "Looked", "forget", "keep_text", "look", "sweep"]
