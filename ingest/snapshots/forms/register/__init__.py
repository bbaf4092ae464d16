"""Registers kept as tables (sổ văn bản đến, sổ văn bản đi, sổ hồ sơ TTHC): .xlsx, .xls and .csv, with files beside them.

Every sheet with a register's heading is a table. Its columns have the names written in it; `Column.note` is the name
a mapping file may use whatever the register calls it (data/register_columns.toml). Columns of ours begin with "@":
@id, @title, @unit, @year, @direction, @section, @file (table.py), and `<column>@link` where cells lead somewhere.
"""

from ingest.snapshots.forms.register.reader import opened, takes

__all__ = ["opened", "takes"]
