"""Exports from the look-up: the plan, the stream under the keeper's seal, and nothing of it for who may not export."""

import pytest

from archive.audit.log import AuditLog, Wanted
from archive.errors import AuditUnavailable
from archive.export.verify import verify
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from tests import homes
from tests.architecture.test_routes import sign_in
from webui.views import export as exports

DOSSIER = "/dossier/H01.12:DD.2014"
PAGES = (DOSSIER, "/fonds/H01.12", "/search?q=thu+hoi+dat")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("web"))
    homes.add_account(settings, "lan", homes.UNIT_A.code)
    grants = [Grant(homes.UNIT_A.code, "leader")]
    AccountsWriter(settings.accounts).add("truong", homes.PASSWORD, grants, "Trưởng phòng")
    return settings


@pytest.fixture(scope="module")
def app(settings):
    return homes.app(settings)


def export_of(page: str, end: str = "") -> str:
    path, question, rest = page.partition("?")
    return f"{path}/export{end}{question}{rest}"


@pytest.mark.parametrize("page", PAGES)
def test_a_leader_finds_the_plan_and_takes_a_sound_bag(app, settings, tmp_path, page):
    client = sign_in(app, "truong")
    assert "/export" in client.get(page).text
    plan = client.get(export_of(page))
    assert plan.status_code == 200 and "export.zip" in plan.text and "H01.12:DD.2014:001" in plan.text
    assert "15/QĐ-UBND · Quyết định về việc thu hồi đất" in plan.text
    answer = client.get(export_of(page, ".zip"))
    assert (
        answer.mimetype == "application/zip"
        and "attachment; filename=" in answer.headers["Content-Disposition"]
    )
    (tmp_path / "x.zip").write_bytes(answer.data)
    found = verify(tmp_path / "x.zip")
    assert not found.findings and found.certificate["actor"]["account"] == "truong"
    left = list(AuditLog(settings.audit).entries(Wanted(actor="truong", action="export")))
    assert found.certificate["log"]["entry"] in [entry.number for entry in left]
    assert "H01.12:DD.2014:001" in [entry.entry.object for entry in left]


def test_a_stamped_copy_says_for_whom(app, tmp_path):
    body = sign_in(app, "truong").get(f"{DOSSIER}/export.zip?stamp=1").data
    (tmp_path / "x.zip").write_bytes(body)
    assert "Trưởng phòng" in verify(tmp_path / "x.zip").certificate["stamp"]


@pytest.mark.parametrize("page", PAGES)
def test_for_who_may_not_export_there_is_no_such_page(app, page):
    client = sign_in(app, "lan")
    assert "/export" not in client.get(page).text
    for end in ("", ".zip"):
        hidden, absent = client.get(export_of(page, end)), client.get("/nothing-here")
        assert hidden.status_code == 404 and hidden.data == absent.data and hidden.headers == absent.headers


def test_more_than_somebody_waits_for_is_left_to_the_operator(app, monkeypatch):
    client = sign_in(app, "truong")
    monkeypatch.setattr(exports, "MOST_BYTES", 1000)
    told = client.get(f"{DOSSIER}/export").text
    assert "kho export --dossier H01.12:DD.2014 --out xuat.zip" in told and "export.zip" not in told
    assert client.get(f"{DOSSIER}/export.zip").status_code == 400
    monkeypatch.setattr(exports, "MOST", 2)
    assert client.get(f"{DOSSIER}/export").status_code == 400


def test_nothing_leaves_that_cannot_be_recorded(app, monkeypatch):
    client = sign_in(app, "truong")
    assert client.get(f"{DOSSIER}/export.zip").status_code == 200

    def refuse(*_entries):
        raise AuditUnavailable("audit.unavailable", reason="test")

    monkeypatch.setattr(app.extensions["lookup"].log, "record", refuse)
    assert client.get(f"{DOSSIER}/export.zip").status_code == 503
