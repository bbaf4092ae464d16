"""JSON exports of a system's data: arrays, {"data": […]}, JSON lines; one file or a folder of pages.

Objects become rows (nested ones with dots in their columns' names), lists in them tables of their own. Every row has
@row; a row of a list has @parent, the @row of what it belongs to, and @parent_id, the id that has.
"""

from ingest.snapshots.forms.jsonexport.reader import opened, takes

__all__ = ["opened", "takes"]
