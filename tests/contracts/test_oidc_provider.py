"""Single sign-on against a real provider: mapped claims, and every answer that must be refused."""

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from archive.errors import EngineError, HomeError, UsageError
from archive.keeper import oidc_settings
from archive.keeper.desk import needs_second_factor
from archive.keeper.federated import Federation
from archive.keeper.protocol import Refused, SignedIn
from archive.keeper.sessions import actor_of
from archive.keeper.sessions_writer import SessionsWriter
from archive.people import blocked
from archive.people.accounts_writer import AccountsWriter
from archive.people.blocked import Blocked
from archive.rights.access import Grant
from tests import oidc
from tests.sinks import MemorySink

CALLBACK, BROWSER, HERE = "http://kho.test/signin/back", "what only this browser holds", "10.0.0.7"


@pytest.fixture(scope="module")
def issuer():
    with oidc.provider() as address:
        yield address


@pytest.fixture
def federation(tmp_path, issuer) -> Federation:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "oidc.secret").write_text("bi-mat\n")
    (tmp_path / "kho.toml").write_text(oidc.config(issuer))
    settings = oidc_settings.load(tmp_path)
    sessions = SessionsWriter(tmp_path / "sessions")
    accounts = AccountsWriter(tmp_path / "accounts")
    made = Federation(settings, tmp_path, sessions, MemorySink(), needs_second_factor, accounts.is_blocked)
    made.sessions, made.sink, made.accounts = sessions, made._sink, accounts
    return made


def _sign_in(federation: Federation, person: str) -> SignedIn | Refused:
    back = oidc.sign_in_there(federation.begin(CALLBACK, BROWSER), person)
    return federation.finish(back, BROWSER, HERE)


def test_a_mapped_person_gets_a_session_with_the_mapped_grants(federation):
    session = federation.sessions.find(_sign_in(federation, "lan").token)
    assert session.grants == (Grant("UBND-AN-BINH", "official"),)
    assert (session.name, session.display_name, session.federated) == (
        "lan.tt@127.0.0.1",
        "Trần Thị Lan",
        True,
    )
    entry = federation.sink.entries[-1]
    assert (entry.action, entry.why, entry.detail) == (
        "sign-in",
        "sign_in.provider",
        {"subject": "lan", "grants": ["official UBND-AN-BINH"]},
    )


@pytest.mark.parametrize(
    ("person", "units"),
    [("hai", ["UBND-AN-BINH", "UBND-PHU-MY"]), ("la", []), ("khong", []), ("moi-toanh", [])],
)
def test_what_is_not_mapped_grants_nothing(federation, person, units):
    session = federation.sessions.find(_sign_in(federation, person).token)
    assert [grant.unit for grant in session.grants] == units


@pytest.mark.parametrize("by", ["name", "subject"])
def test_a_person_shut_out_here_gets_no_session_and_loses_the_open_one(federation, issuer, by):
    session = federation.sessions.find(_sign_in(federation, "lan").token)
    assert session.subject == f"{issuer.rstrip('/')}/lan" and actor_of(session, federation.accounts)
    person = Blocked(name=session.name) if by == "name" else Blocked(subject=session.subject)
    federation.accounts.block(person)
    assert actor_of(session, federation.accounts) is None, "at the very next request"
    assert _sign_in(federation, "lan") == Refused("web.signin.blocked")
    entry = federation.sink.entries[-1]
    assert (entry.action, entry.actor, entry.why) == ("sign-in-refused", session.name, "sign_in.blocked")
    assert isinstance(_sign_in(federation, "hai"), SignedIn), "nobody else is"
    assert federation.accounts.unblock(person) and isinstance(_sign_in(federation, "lan"), SignedIn)


def test_a_list_of_those_shut_out_that_cannot_be_read_lets_none_of_them_in(federation):
    session = federation.sessions.find(_sign_in(federation, "lan").token)
    federation.accounts.block(Blocked(name="x@y"))
    (federation.accounts.root / blocked.FILE).write_text("{")
    for ask in (lambda: _sign_in(federation, "lan"), lambda: actor_of(session, federation.accounts)):
        with pytest.raises(HomeError):
            ask()


def test_who_reads_the_log_needs_a_second_factor_there(federation):
    assert _sign_in(federation, "tt") == Refused("web.signin.provider_second")
    assert federation.sink.entries[-1].outcome == "refused"
    session = federation.sessions.find(_sign_in(federation, "tt2").token)
    assert session.second_factor and session.grants == (Grant("*", "auditor"),)


def test_an_answer_is_good_once_for_one_browser(federation):
    address = federation.begin(CALLBACK, BROWSER)
    back = oidc.sign_in_there(address, "lan")
    assert federation.finish(back, "another browser", HERE) == Refused("web.signin.expired")
    assert federation.finish(back, BROWSER, HERE) == Refused("web.signin.expired"), "burnt by the first try"
    back = oidc.sign_in_there(federation.begin(CALLBACK, BROWSER), "lan")
    assert isinstance(federation.finish(back, BROWSER, HERE), SignedIn)
    assert federation.finish(back, BROWSER, HERE) == Refused("web.signin.expired")


def test_codes_and_states_are_not_exchanged_between_sign_ins(federation):
    mine, other = (oidc.sign_in_there(federation.begin(CALLBACK, BROWSER), who) for who in ("lan", "hai"))
    swapped = _with(mine, code=parse_qs(urlsplit(other).query)["code"][0])
    assert federation.finish(swapped, BROWSER, HERE) == Refused("web.signin.provider")
    for made_up in (_with(other, state="x"), f"{CALLBACK}?code=x", CALLBACK, ""):
        assert federation.finish(made_up, BROWSER, HERE) == Refused("web.signin.expired")


def test_a_refusal_at_the_provider_is_no_sign_in(federation):
    state = parse_qs(urlsplit(federation.begin(CALLBACK, BROWSER)).query)["state"][0]
    back = f"{CALLBACK}?{urlencode({'error': 'access_denied', 'state': state})}"
    assert federation.finish(back, BROWSER, HERE) == Refused("web.signin.provider")


@pytest.mark.parametrize("what", ["nonce", "issuer", "client", "keys", "late"])
def test_an_identity_that_is_not_for_us_now_is_refused(federation, monkeypatch, what):
    address = federation.begin(CALLBACK, BROWSER)
    back = oidc.sign_in_there(_with(address, nonce="another") if what == "nonce" else address, "lan")
    settings = federation._oidc
    if what == "issuer":
        federation._oidc = settings.__class__(**{**vars(settings), "issuer": "https://khac.example"})
    if what == "client":
        monkeypatch.setattr("archive.keeper.federated.CodeIDToken", _for_another_client)
    if what == "keys":
        monkeypatch.setattr("archive.keeper.federated.ALGORITHMS", ["ES256"])
    if what == "late":
        monkeypatch.setattr("archive.keeper.federated.LEEWAY", -7200)
    assert federation.finish(back, BROWSER, HERE) == Refused("web.signin.provider")
    assert not list(federation.sessions.all())


def _for_another_client(claims, *rest, **named):
    from authlib.oidc.core import CodeIDToken

    return CodeIDToken({**claims, "aud": ["somebody-else"]}, *rest, **named)


def test_names_that_could_mislead_a_reader_are_refused(federation):
    assert _sign_in(federation, "doc") == Refused("web.signin.provider")


def test_a_silent_provider_is_told(tmp_path, federation):
    federation._oidc = federation._oidc.__class__(
        **{**vars(federation._oidc), "issuer": "http://127.0.0.1:9"}
    )
    with pytest.raises(EngineError, match="oidc_silent"):
        federation.begin(CALLBACK, BROWSER)


def test_without_a_provider_there_is_no_single_sign_on(tmp_path):
    assert oidc_settings.load(tmp_path) is None
    none = Federation(None, tmp_path, SessionsWriter(tmp_path), MemorySink(), needs_second_factor)
    with pytest.raises(UsageError, match="oidc_none"):
        none.begin(CALLBACK, BROWSER)
    assert none.finish(f"{CALLBACK}?state=x", BROWSER, HERE) == Refused("web.signin.expired")


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ('issuer = "http://sso.example"\nclient_id = "k"', "oidc_issuer"),
        ('issuer = "https://sso.example"', "oidc_config"),
        ('issuer = "https://sso.example"\nclient_id = "k"\nunit = "x"', "oidc_config"),
        ('issuer = "https://sso.example"\nclient_id = "k"\n[oidc.roles]\na = "king"', "account_role"),
        ("issuer = ", "config_unreadable"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, table, code):
    (tmp_path / "kho.toml").write_text(f"[oidc]\n{table}\n")
    with pytest.raises(UsageError, match=code):
        oidc_settings.load(tmp_path)


def _with(address: str, **changed: str) -> str:
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    return urlunsplit(parts._replace(query=urlencode(query)))
