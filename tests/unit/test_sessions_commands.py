"""`kho user sessions | sign-out | reset-code`, and what the keeper's verbs make of what a web process sends."""

import json
import time

import pytest
from click.testing import CliRunner

from archive import home
from archive.audit import journal
from archive.audit.entry import Entry
from archive.audit.log import AuditLog
from archive.commands import accounts
from archive.commands import sessions as commands
from archive.errors import UsageError
from archive.keeper import desk, totp
from archive.keeper.protocol import SignedIn
from archive.keeper.sessions_writer import SessionsWriter
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant

PASSWORD = "mat-khau-dai"


@pytest.fixture
def settings(settings):
    home.create(settings)
    writer = AccountsWriter(settings.accounts)
    writer.init()
    writer.add("lan", PASSWORD, [Grant("A")])
    return settings


@pytest.fixture
def verbs(settings) -> dict:
    return desk.verbs(settings, journal.of_home(settings))


def _run(settings, command, *arguments: str) -> str:
    done = CliRunner().invoke(command, [*arguments, "--home", str(settings.home)], standalone_mode=False)
    assert done.exception is None
    return done.output


def _sign_in(verbs) -> str:
    return SignedIn(**verbs["sign_in"](name="lan", password=PASSWORD, code="", address="10.0.0.7")).token


def test_sessions_are_listed_without_their_tokens_and_ended_by_name(settings, verbs):
    token = _sign_in(verbs)
    listed = _run(settings, commands.user_sessions, "--json")
    assert [(row["name"], row["address"]) for row in json.loads(listed)] == [("lan", "10.0.0.7")]
    assert token not in listed
    assert "1" in _run(settings, commands.user_sign_out, "lan")
    assert json.loads(_run(settings, commands.user_sessions, "--json")) == []
    assert _whys(settings)[-1] == "account_change.signed_out"


def test_sessions_of_changed_accounts_are_not_listed(settings, verbs):
    _sign_in(verbs)
    AccountsWriter(settings.accounts).disable("lan")
    assert json.loads(_run(settings, commands.user_sessions, "--json")) == []


SSO = 'issuer = "https://sso.example.vn"\nclient_id = "kho"\nunit_claim = "u"\nrole_claim = "r"\n'


@pytest.mark.parametrize("by", [["mai@sso.example.vn"], ["--federated", "https://sso.example.vn/4f0c"]])
def test_a_person_of_the_single_sign_on_is_disabled_at_once_by_name_or_lasting_id(settings, by):
    (settings.home / "kho.toml").write_text(f"[oidc]\n{SSO}")
    sessions = SessionsWriter(settings.sessions)
    subject = "https://sso.example.vn/4f0c"
    token, old = (
        sessions.begin(name, 0, grants=(), subject=subject)
        for name in ("mai@sso.example.vn", "mai.cu@sso.example.vn")
    )
    with journal.of_home(settings) as log:
        log.record(Entry("sign-in", "mai@sso.example.vn", detail={"subject": "4f0c"}))
    _run(settings, accounts.user_disable, *by)
    assert not sessions.find(token) and not sessions.find(old), "also under an earlier name"
    [shut] = [row for row in json.loads(_run(settings, accounts.user_list, "--json")) if row.get("federated")]
    assert (shut["name"], shut["subject"], shut["disabled"]) == ("mai@sso.example.vn", subject, True)
    assert "đăng nhập một lần" in _run(settings, accounts.user_list)
    assert "account_change.disabled" in _whys(settings)
    assert AccountsWriter(settings.accounts).is_blocked("mai.moi@sso.example.vn", subject), "renamed there"
    _run(settings, accounts.user_enable, *by)
    assert not AccountsWriter(settings.accounts).is_blocked("mai@sso.example.vn", subject)


def test_a_name_of_the_single_sign_on_nobody_used_yet_is_shut_out_and_said_to_be_unknown(settings):
    said = _run(settings, accounts.user_disable, "la@sso.example.vn")
    assert "chưa có lần đăng nhập nào của la@sso.example.vn" in said
    assert AccountsWriter(settings.accounts).is_blocked("la@sso.example.vn", "")


def test_the_codes_of_a_lost_phone_are_taken_away(settings, verbs):
    token = _sign_in(verbs)
    secret = verbs["begin_enrolment"](token=token)["secret"]
    code = totp.code_at(secret, int(time.time()) // totp.STEP)
    assert "recovery" in verbs["confirm_enrolment"](token=token, code=code)
    assert "code" in verbs["sign_in"](name="lan", password=PASSWORD, code="", address="10.0.0.7")
    _run(settings, commands.user_reset_code, "lan")
    assert _sign_in(verbs)
    assert "account_change.code_reset" in _whys(settings)


def _whys(settings) -> list[str]:
    return [recorded.entry.why for recorded in AuditLog(settings.audit).entries()]


def test_entries_get_the_keepers_time_and_the_log_alone_speaks_of_itself(settings, verbs):
    number = verbs["record"](
        entries=[{"action": "view", "actor": "lan", "when": "1999-01-01T00:00:00+07:00"}]
    )
    found = next(one for one in AuditLog(settings.audit).entries() if one.number == number)
    assert not found.entry.when.startswith("1999")
    with pytest.raises(UsageError, match="keeper_request"):
        verbs["record"](entries=[{"action": "view", "nonsense": "x"}])
    with pytest.raises(ValueError):
        verbs["record"](entries=[{"action": "head", "actor": "kho"}])
    assert verbs["head"]()["size"] >= number
