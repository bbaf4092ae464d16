"""`kho user sessions | sign-out | reset-code`, and what the keeper's verbs make of what a web process sends."""

import json
import time

import pytest
from click.testing import CliRunner

from archive import home
from archive.audit import journal
from archive.audit.log import AuditLog
from archive.commands import sessions as commands
from archive.errors import UsageError
from archive.keeper import desk, totp
from archive.keeper.protocol import SignedIn
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
