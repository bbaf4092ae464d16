"""SQL dumps of PostgreSQL, MySQL/MariaDB and SQL Server (scripts), parsed by us and never run.

Why parsed and not restored into a throw-away server: a dump is a program (DO blocks, COPY FROM PROGRAM, procedures), and
running what came from outside is a risk that reading is not; three servers of the right versions need not be installed;
memory stays flat, and bytes of attachments stay in the dump where a locator finds them, instead of in a second copy.
What the data statements say is all that is taken: views, functions and triggers are counted and named in a finding.
"""

from ingest.snapshots.forms.sqldump.opening import database, opened, takes

__all__ = ["database", "opened", "takes"]
