"""A wrong take-over is withdrawn without deleting anything; the right one afterwards gives every record its old id."""

import contextlib
from dataclasses import replace

import pytest
from click.testing import CliRunner

from archive import ids
from archive.errors import UsageError
from archive.holdings import fixity
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.publishing import generation, publish
from archive.rights.access import everything
from archive.rights.withdrawing import is_withdrawn
from ingest.grading import withdrawal as secrecy
from ingest.handover import commands, holding, readiness
from ingest.handover import report as reports
from ingest.handover.counting import count
from ingest.handover.declaration import Declaration
from ingest.handover.withdrawal import withdraw
from samples.systems.documents import document_system
from tests.unit.test_takeover import UNITS, items, place, places_of, standing  # noqa: F401

SWAPPED = UNITS.replace("000.12.", "X").replace("000.11.", "000.12.").replace("X", "000.11.")
REASON = "Nhầm đơn vị, theo CV 12/SNV"


@pytest.fixture
def made():
    return document_system(seed=13, documents=40)[0]


def taken_back(config, name="qlvb", as_of=""):
    return withdraw(config, name, as_of, reason=REASON, by="Lan", witness=lambda act: None)


def published(config):
    """{item id: fonds} of what can be looked up."""
    publish.publish(config, Holdings(config.holdings), Renditions(config.renditions))
    catalogue = generation.current(config).catalogue()
    scope = everything(catalogue.classes())
    shown = [row for one in catalogue.states() for row in catalogue.dossier_rows(one, scope)]
    return {row.id: row.fonds_code for row in shown}


def breaking(monkeypatch, at):
    commit, left = HoldingsWriter.commit, [at]

    def failing(self, *args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(HoldingsWriter, "commit", failing)
    return lambda: monkeypatch.setattr(HoldingsWriter, "commit", commit)


def test_nothing_is_deleted_and_nothing_is_shown(place, made):  # noqa: F811
    done = place(made)
    assert published(place.config).keys() == {item.id for item in items(place.config, done)}
    before = items(place.config, done)
    act = taken_back(place.config)
    assert (act.package, act.as_of, set(act.volumes)) == (done.package, "2025-06-30", set(done.volumes))
    assert published(place.config) == {} and items(place.config, done) == before
    held = Holdings(place.config.holdings)
    assert generation.current(place.config).catalogue().states() == {}, "the snapshot's own entry neither"
    for dossier_id in (*done.volumes, done.package):
        [event] = [event for event in held.dossier(dossier_id).events if event.type == "withdrawal"]
        assert event.agent == "Lan" and REASON in event.detail and event.when
    of_system = holding.held(held, "qlvb")
    report = reports.make(of_system, count(of_system), Declaration(), "")
    assert report.findings[0].code == "handover.withdrawn" and REASON in report.findings[0].values["said"]
    ready = readiness.judge(place.config, of_system, count(of_system), report)
    lights = {measure.name: measure.light for measure in ready.measures}
    assert ready.light == lights["withdrawn"] == "red" and not {"published", "old_ids"} & lights.keys()
    checked = fixity.verify(place.config)
    assert checked.sound and "fixity.unpublished" not in {note.code for note in checked.notes}
    with pytest.raises(UsageError, match=r"withdraw\.done_before"):
        taken_back(place.config)


def test_the_right_take_over_afterwards_gives_the_same_ids_in_the_right_fonds(place, made):  # noqa: F811
    right = {record: item.partition(":")[0] for record, item in places_of(place.config, place(made)).items()}
    taken_back(place.config)
    wrong = place(made, more=SWAPPED)
    first = places_of(place.config, wrong)
    taken_back(place.config)
    done = place(made)
    assert places_of(place.config, done) == first and done.balanced
    now = published(place.config)
    assert {record: now[first[record]] for record in first} == right
    assert all(len(where) == 1 for where in standing(place.config).values())


@pytest.mark.parametrize("fault", [1, 2, 3, 4, 6, 8, 10])
def test_broken_off_it_never_shows_a_withdrawn_record_in_the_wrong_fonds(place, made, monkeypatch, fault):  # noqa: F811
    first = places_of(place.config, place(made, more=SWAPPED))
    wrong = published(place.config)
    taken_back(place.config)
    mend = breaking(monkeypatch, fault)
    with contextlib.suppress(KeyboardInterrupt):
        place(made)
    mend()
    assert standing(place.config).keys() >= set(first.values())
    units = {"H99.21.20": "H99.21.30", "H99.21.30": "H99.21.20"}
    known = {item.id: item.record.unit for item in everything_held(place.config) if item.record}
    mapped = {item for item, unit in known.items() if unit != "H99.21"}
    shown = published(place.config)
    assert all(units[wrong[one]] == fonds for one, fonds in shown.items() if one in mapped & wrong.keys())
    assert places_of(place.config, place(made)) == first
    assert published(place.config).keys() == set(standing(place.config))


def everything_held(config):
    held = Holdings(config.holdings)
    return [item for dossier_id in held.dossiers() for item in held.dossier(dossier_id).items]


def test_a_wrong_later_snapshot_is_withdrawn_and_the_earlier_one_taken_over_again(place, made):  # noqa: F811
    table = made.tables["van_ban"]
    fewer = replace(made, tables={**made.tables, "van_ban": replace(table, rows=table.rows[5:])})
    first = places_of(place.config, place(fewer, as_of="2025-05-31", folder="truoc"))
    place(made)
    with pytest.raises(UsageError, match=r"withdraw\.no_such_day"):
        taken_back(place.config, as_of="2024-01-01")
    act = taken_back(place.config, as_of="2025-06-30")
    assert act.package.endswith("2025-06-30")
    assert published(place.config).keys() == set(first.values()), "the earlier one stands again"
    done = place(fewer, as_of="2025-05-31", folder="truoc")
    assert places_of(place.config, done) == first and done.balanced
    shown = published(place.config)
    assert set(first.values()) <= shown.keys() and len(shown) == done.records, (
        "nothing only the wrong one had"
    )
    later = places_of(place.config, place(made))
    assert first.items() <= later.items() and len(set(later.values())) == len(later)


@pytest.mark.parametrize(("fault", "more"), [(0, UNITS), (0, SWAPPED), (3, SWAPPED)])
def test_what_an_earlier_snapshot_kept_stands_again_as_it_left_it(place, made, monkeypatch, fault, more):  # noqa: F811
    before = place(made, as_of="2025-05-31", folder="truoc")
    first, then = places_of(place.config, before), published(place.config)
    held = {item.id: item for item in items(place.config, before)}
    place(made, more=more, same=True)
    if fault:
        mend = breaking(monkeypatch, fault)
        with contextlib.suppress(KeyboardInterrupt):
            taken_back(place.config, as_of="2025-06-30")
        mend()
    with contextlib.suppress(UsageError):
        taken_back(place.config, as_of="2025-06-30")
    assert published(place.config) == then
    now = {item.id: item for item in items(place.config, before)}
    assert now == held, "ids, levels, files, history"
    assert holding.held(Holdings(place.config.holdings), "qlvb").snapshot.id == before.package
    assert places_of(place.config, place(made, as_of="2025-05-31", folder="truoc")) == first
    assert places_of(place.config, place(made)) == first


def test_what_was_closed_since_stays_closed_when_the_earlier_snapshot_stands_again(place, made):  # noqa: F811
    before = place(made, as_of="2025-05-31", folder="truoc")
    place(made)
    opened = next(item for item in items(place.config, before) if item.access == "open" and item.files)
    volume = ids.dossier_of(opened.id)
    digest = opened.files[0].sha256
    writer = HoldingsWriter(place.config.holdings, place.config.work / "staging" / "thu")
    writer.init()
    writer.commit(secrecy.withdrawn(writer.dossier(volume), {digest: "Mật"}, "thu", place.config))
    act = taken_back(place.config, as_of="2025-06-30")
    now = {item.id: item for item in items(place.config, before)}
    assert volume in act.restored and now[opened.id].access == "quarantined" and not now[opened.id].files
    for item in items(place.config, before):
        assert item.access == "quarantined" or digest not in {file.sha256 for file in item.files}


@pytest.mark.parametrize("fault", [1, 2, 3])
def test_a_withdrawal_broken_off_is_finished_by_the_same_command(place, made, monkeypatch, fault):  # noqa: F811
    done = place(made)
    mend = breaking(monkeypatch, fault)
    with pytest.raises(KeyboardInterrupt):
        taken_back(place.config)
    mend()
    taken_back(place.config)
    held = Holdings(place.config.holdings)
    assert all(is_withdrawn(held.dossier(one)) for one in (*done.volumes, done.package))
    events = [event for event in held.dossier(done.volumes[0]).events if event.type == "withdrawal"]
    assert len(events) == 1 and published(place.config) == {}


def test_the_command_tells_and_records_it(place, made):  # noqa: F811
    place(made)
    home = str(place.config.home)
    arguments = ["withdraw", "qlvb", "--as-of", "30/06/2025", "--reason", REASON, "--home", home]
    told = CliRunner().invoke(commands.handover, arguments, catch_exceptions=False)
    assert told.exit_code == 0 and "H99.21.20:qlvb.2025-06-30" in told.output
    log = "".join(path.read_text() for path in (place.config.home / "audit").glob("*.jsonl"))
    assert '"withdrawal"' in log and "CV 12/SNV" in log


def test_nothing_is_withdrawn_that_cannot_be_recorded(place, made):  # noqa: F811
    place(made)
    before = {
        one: Holdings(place.config.holdings).state(one) for one in Holdings(place.config.holdings).dossiers()
    }

    def refusing(act):
        raise OSError("log")

    with pytest.raises(OSError, match="log"):
        withdraw(place.config, "qlvb", "", reason=REASON, by="Lan", witness=refusing)
    with pytest.raises(UsageError, match=r"withdraw\.no_reason"):
        withdraw(place.config, "qlvb", "", reason=" ", by="Lan", witness=refusing)
    held = Holdings(place.config.holdings)
    assert {one: held.state(one) for one in held.dossiers()} == before
