"""A record that moved to another volume is shown where it stands now, once, under its own id; a withdrawn take-over not at all."""

import os
from dataclasses import replace

import pytest

from archive.errors import UsageError
from archive.publishing import generation, rollback
from archive.rights.withdrawing import restored, withdrawn
from archive.wiring_read import Archive
from tests import dossiers
from tests.sinks import MemorySink
from tests.unit.test_publish import EVERYTHING, _having, add, found, run
from tests.unit.test_publish import holdings as holdings
from tests.unit.test_publish import settings as settings

TWO = dossiers.fonds("H40.01", "H40")
RECORD = "H30.01:hs-1:002"


def moved(code, ordinal=7):
    """A dossier of another fonds that the second document of hs-1 has moved to."""
    own = dossiers.item(f"H40.01:{code}", 1, "khac.pdf")
    item = replace(dossiers.sample("hs-1").items[1], ordinal=ordinal, extra={"moves": "1"})
    return dossiers.dossier(code, (own, item), TWO)


def place_of(settings):
    return generation.current(settings).catalogue().rows([RECORD], EVERYTHING)[RECORD]


@pytest.mark.parametrize("code", ["a", "z"])
def test_a_record_in_two_volumes_is_shown_where_it_moved_last(settings, holdings, code):
    run(settings, holdings)
    add(settings, moved(code))
    for rebuild in (False, True):
        report = run(settings, holdings, rebuild=rebuild)
        catalogue = generation.current(settings).catalogue()
        assert len(catalogue.dossier("H30.01:hs-1", EVERYTHING).items) == 1
        assert (place_of(settings).dossier_id, place_of(settings).unit_code) == (f"H40.01:{code}", "H40")
        assert report.items == report.open_items == 4 and RECORD in found(settings)
        [left] = generation.current(settings).catalogue().dossier_rows("H30.01:hs-1", EVERYTHING)
        assert left.ordinal == 1


@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.parametrize("code", ["a", "z"])
def test_it_stays_findable_when_the_old_volume_loses_it_later(settings, holdings, code, rebuild):
    run(settings, holdings)
    add(settings, moved(code))
    run(settings, holdings, rebuild=rebuild)
    old = dossiers.sample("hs-1")
    holdings.commit(replace(old, items=old.items[:1]))
    report = run(settings, holdings)
    assert report.open_items == 4 and place_of(settings).dossier_id == f"H40.01:{code}"
    assert RECORD in found(settings)


def test_a_moved_record_is_read_and_its_file_given_out(settings, holdings):
    add(settings, moved("z"))
    old = dossiers.sample("hs-1")
    holdings.commit(replace(old, items=old.items[:1]))
    run(settings, holdings)
    archive = Archive(settings, MemorySink())
    view = archive.reader().item(archive.operator(), RECORD)
    assert view.dossier.id == "H40.01:z" and len(view.siblings) == 2
    assert archive.reader().original(archive.operator(), RECORD, 0).file == view.item.files[0]


def test_no_word_stays_of_a_record_that_moved_and_is_secret_since(settings, holdings):
    secret = dossiers.dossier("hs-9", (dossiers.item("H30.01:hs-9", 1, "xyzzy.pdf"),))
    add(settings, secret)
    run(settings, holdings)
    entry = replace(dossiers.quarantined(secret.id, 1), extra={"grade": "Mật", "moves": "1"})
    add(settings, dossiers.dossier("noi-moi", (entry,), TWO))
    holdings.commit(replace(secret, items=()))
    run(settings, holdings)
    assert os.listdir(settings.published / "generations") == ["000002"] and not _having(settings, b"xyzzy")


def test_what_is_withdrawn_is_published_no_more_and_can_come_back(settings, holdings):
    run(settings, holdings)
    run(settings, add(settings, dossiers.sample("hs-3", count=1)))
    wrong = holdings.dossier("H30.01:hs-1")
    holdings.commit(withdrawn(wrong, 1, "nhầm đơn vị", "Lan", "2026-03-02T08:00:00+07:00"))
    report = run(settings, holdings)
    assert (report.removed, report.dossiers) == (1, 2) and "H30.01:hs-1:001" not in found(settings)
    assert run(settings, holdings).changed is False
    with pytest.raises(UsageError, match=r"publish\.no_previous"):
        rollback.rollback(settings, holdings)
    assert holdings.dossier("H30.01:hs-1").items == wrong.items, "nothing is deleted"
    holdings.commit(restored(holdings.dossier("H30.01:hs-1")))
    run(settings, holdings)
    assert "H30.01:hs-1:001" in found(settings)
    [event] = [event for event in holdings.dossier("H30.01:hs-1").events if event.type == "withdrawal"]
    assert (event.agent, event.detail) == ("Lan", "v1 · nhầm đơn vị")


@pytest.mark.parametrize("code", ["a", "z"])
def test_no_word_stays_while_the_old_volume_still_has_it(settings, holdings, code):
    """A publish may fall between the two commits of a move, or a run was killed there."""
    secret = dossiers.dossier("m", (dossiers.item("H40.01:m", 1, "xyzzy.pdf"),), TWO)
    add(settings, secret)
    run(settings, holdings)
    entry = replace(dossiers.quarantined("H40.01:m", 1), extra={"grade": "Mật", "moves": "1"})
    add(settings, dossiers.dossier(code, (entry,), TWO))
    run(settings, holdings)
    assert "H40.01:m:001" not in found(settings)
    assert not _having(settings, b"xyzzy")
    run(settings, holdings, rebuild=True)
    assert "H40.01:m:001" not in found(settings)
    assert not _having(settings, b"xyzzy")
    catalogue = generation.current(settings).catalogue()
    assert catalogue.dossier("H40.01:m", EVERYTHING).items == ()
