"""Urgent restrictions on file: appended, never taken out; damage closes everything."""

from datetime import date

import pytest

from archive.errors import HomeError, UsageError
from archive.rights import restrictions, restrictions_writer
from archive.rights.restrictions import Restriction, Restrictions

TODAY = date(2026, 3, 1)
WHO = {"basis": "CV 12/SNV", "by": "lan"}


def test_the_newest_row_of_a_record_counts_and_lifting_is_another_row(tmp_path):
    restrictions_writer.begin(tmp_path)
    assert restrictions.load(tmp_path) == Restrictions()
    restrictions_writer.restrict(tmp_path, "F:k1", "conditional", until=None, **WHO)
    restrictions_writer.restrict(tmp_path, "F:k1", "closed", until=None, **WHO)
    restrictions_writer.restrict(tmp_path, "F:k2", "conditional", until=None, **WHO)
    laid = restrictions.load(tmp_path)
    assert laid.denied({"open"}, TODAY) == {"F:k1", "F:k2"}
    assert laid.denied({"open", "conditional"}, TODAY) == {"F:k1"}
    restrictions_writer.lift(tmp_path, "F:k1", **WHO)
    lifted = restrictions.load(tmp_path)
    assert lifted.denied({"open"}, TODAY) == {"F:k2"}
    assert len(lifted.rows) == 4 and lifted.rows[:3] == laid.rows
    assert (laid.rows[0].basis, laid.rows[0].by) == ("CV 12/SNV", "lan") and laid.rows[0].when


def test_a_restriction_holds_through_its_last_day():
    row = Restriction("F", "closed", until=TODAY)
    assert row.holds(TODAY) and not row.holds(date(2026, 3, 2))


@pytest.mark.parametrize("level", ["open", "", "secret"])
def test_a_level_that_restricts_nothing_is_refused(tmp_path, level):
    restrictions_writer.begin(tmp_path)
    with pytest.raises(UsageError, match="restriction_level"):
        restrictions_writer.restrict(tmp_path, "F:k1", level, until=None, **WHO)
    assert restrictions.load(tmp_path) == Restrictions()


def test_lifting_what_is_not_laid_is_refused(tmp_path):
    restrictions_writer.begin(tmp_path)
    with pytest.raises(UsageError, match="restriction_absent"):
        restrictions_writer.lift(tmp_path, "F:k1", **WHO)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"rows": [{"record": 1}]}', b'{"rows": [{"strange": ""}]}']
)
def test_a_damaged_list_is_never_taken_for_an_empty_one(tmp_path, content):
    (tmp_path / restrictions.FILE).write_bytes(content)
    with pytest.raises(HomeError, match="restrictions_unreadable"):
        restrictions.load(tmp_path)


def test_a_list_that_is_gone_is_never_taken_for_an_empty_one(tmp_path):
    with pytest.raises(HomeError, match="restrictions_missing"):
        restrictions.load(tmp_path)
    restrictions_writer.begin(tmp_path)
    restrictions_writer.restrict(tmp_path, "F:k1", "closed", until=None, **WHO)
    restrictions_writer.begin(tmp_path)
    assert restrictions.load(tmp_path).rows
