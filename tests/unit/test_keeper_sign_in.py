"""Sign-in in the keeper: what is right, what is refused, what each change ends, what is on record."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from archive.errors import AuditUnavailable, NotFound, UsageError
from archive.keeper import credentials, credentials_writer, totp
from archive.keeper.desk import needs_second_factor
from archive.keeper.protocol import Enrolled, Refused, SignedIn
from archive.keeper.sessions import Sessions, account_of, actor_of
from archive.keeper.sessions_writer import SessionsWriter
from archive.keeper.sign_in import SignIn
from archive.keeper.throttle import Throttle
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from tests.sinks import MemorySink

PASSWORD, OTHER, HERE = "mat-khau-dai", "mat-khau-khac", "10.0.0.7"


class Office:
    """A keeper's desk with its clock in hand."""

    def __init__(self, folder) -> None:
        self.now = 1_800_000_000.0
        self.sink = MemorySink()
        self.accounts = AccountsWriter(folder / "accounts")
        self.accounts.init()
        self.sessions = SessionsWriter(folder / "sessions", idle=1800, absolute=36000, clock=lambda: self.now)
        self.throttle = Throttle(clock=lambda: self.now)
        self.desk = SignIn(
            self.accounts,
            self.sessions,
            self.throttle,
            self.sink,
            needs_second_factor,
            first_days=30,
            clock=lambda: self.now,
        )

    def sign_in(self, name="lan", password=PASSWORD, code="", address=HERE):
        return self.desk.sign_in(name, password, code, address)

    def code(self, secret: str) -> str:
        return totp.code_at(secret, int(self.now) // totp.STEP)

    def enrol(self, token: str) -> tuple[str, Enrolled]:
        secret = self.desk.begin_enrolment(token).secret
        return secret, self.desk.confirm_enrolment(token, self.code(secret))

    def lives(self, token: str) -> bool:
        session = self.sessions.find(token)
        return bool(session and actor_of(session, self.accounts))


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    for module in (credentials, credentials_writer):
        monkeypatch.setattr(module, "HASHER", cheap)
    office = Office(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(office.now)))  # accounts go by the same clock
    office.accounts.add("lan", PASSWORD, [Grant("A")], "Trần Thị Lan")
    return office


def test_the_right_password_begins_a_session_that_is_filed_by_digest_only(office):
    outcome = office.sign_in()
    assert isinstance(outcome, SignedIn) and outcome.stage == "full" and len(outcome.token) >= 43
    session = Sessions(office.sessions.folder, clock=lambda: office.now).find(outcome.token)
    assert (session.name, session.epoch, session.began) == ("lan", 1, office.now)
    assert actor_of(session, office.accounts).grants == (Grant("A"),)
    files = list(office.sessions.folder.iterdir())
    assert len(files) == 1
    assert outcome.token not in files[0].name + files[0].read_text()
    assert [(entry.action, entry.actor, entry.address) for entry in office.sink.entries] == [
        ("sign-in", "lan", HERE)
    ]


def test_wrong_name_password_and_disabled_get_the_same_answer(office):
    office.accounts.add("hoa", PASSWORD)
    office.accounts.disable("hoa")
    answers = {
        office.sign_in(password="sai mat khau"),
        office.sign_in(name="khong-co"),
        office.sign_in(name="hoa"),
        office.sign_in(name="../lan"),
    }
    assert answers == {Refused("web.signin.wrong")}
    assert [entry.actor for entry in office.sink.entries] == ["lan", "", "hoa", ""]
    assert not list(office.sessions.all())


def test_an_unknown_account_costs_one_hash_too(office, monkeypatch):
    verified = []
    monkeypatch.setattr(
        credentials.Credentials, "fits", lambda self, password: verified.append(self.password) or False
    )
    for name in ("lan", "khong-co", "../lan"):
        office.sign_in(name=name)
    assert len(verified) == 3 and all(hashed.startswith("$argon2id$") for hashed in verified)


def test_what_cannot_be_recorded_does_not_happen(office):
    office.sink.failing = True
    with pytest.raises(AuditUnavailable):
        office.sign_in()
    assert not list(office.sessions.all())


def test_a_second_factor_shown_before_the_password_was_changed_is_never_set_up(office):
    token = office.sign_in().token
    shown = office.desk.begin_enrolment(token).secret
    changed = office.desk.change_password(token, PASSWORD, OTHER)
    assert office.desk.begin_enrolment(changed.token).secret != shown
    assert isinstance(office.desk.confirm_enrolment(changed.token, office.code(shown)), Refused)


def test_no_secret_changes_without_an_entry(office):
    token = office.sign_in().token
    secret = office.desk.begin_enrolment(token).secret
    office.sink.failing = True
    with pytest.raises(AuditUnavailable):
        office.desk.change_password(token, PASSWORD, OTHER)
    with pytest.raises(AuditUnavailable):
        office.desk.confirm_enrolment(token, office.code(secret))
    office.sink.failing = False
    assert office.lives(token)
    assert not office.accounts.credentials.find("lan").totp
    assert isinstance(office.sign_in(), SignedIn)


def test_guessing_is_slowed_and_the_right_password_waits_too(office):
    for _ in range(3):
        assert office.sign_in(password="sai mat khau") == Refused("web.signin.wrong")
    assert office.sign_in(password="sai mat khau").code == "web.signin.wait"
    outcome = office.sign_in()
    assert outcome.code == "web.signin.wait" and outcome.wait == 1
    office.now += outcome.wait
    assert isinstance(office.sign_in(), SignedIn)


def test_an_attacker_elsewhere_does_not_shut_the_official_out(office):
    assert isinstance(office.sign_in(), SignedIn)
    for n in range(80):
        office.sign_in(password="sai mat khau", address=f"203.0.113.{n}")
    assert isinstance(office.sign_in(), SignedIn)


def test_idle_and_absolute_limits_end_a_session(office):
    token = office.sign_in().token
    for _ in range(3):
        office.now += 1700
        office.desk.seen(token)
        assert office.lives(token)
    office.now += 1801
    assert not office.lives(token)
    token, began = office.sign_in().token, office.now
    while office.now < began + 36000 - 1700:
        office.now += 1700
        office.desk.seen(token)
        assert office.lives(token)
    office.now += 1701
    office.desk.seen(token)
    assert not office.lives(token)


def test_a_session_survives_the_keeper_and_the_web_process(office):
    token = office.sign_in().token
    again = SessionsWriter(office.sessions.folder, clock=lambda: office.now)
    again.sweep()
    assert again.find(token).name == "lan"


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.disable("lan"),
        lambda accounts: accounts.set_grants("lan", [Grant("B")]),
        lambda accounts: accounts.set_password("lan", OTHER),
        lambda accounts: accounts.reset_second_factor("lan"),
    ],
)
def test_disabling_and_every_change_of_unit_role_or_secret_ends_sessions(office, change):
    token = office.sign_in().token
    change(office.accounts)
    assert not office.lives(token)


def test_signing_out_ends_one_session_and_is_recorded(office):
    one, two = office.sign_in().token, office.sign_in().token
    office.desk.end_session(one)
    assert not office.lives(one) and office.lives(two)
    assert office.sink.entries[-1].action == "sign-out" and one not in str(office.sink.entries)
    assert office.sessions.end_of("lan") == 1 and not office.lives(two)


def test_a_first_password_is_good_for_choosing_another_only(office):
    office.accounts.add("moi", PASSWORD, must_change=True)
    first = office.sign_in("moi")
    assert first.stage == "password"
    with pytest.raises(UsageError, match="account_password"):
        office.desk.change_password(first.token, PASSWORD, "ngan")
    with pytest.raises(UsageError, match="password_same"):
        office.desk.change_password(first.token, PASSWORD, PASSWORD)
    assert office.desk.change_password(first.token, "sai mat khau", OTHER) == Refused("web.password.wrong")
    changed = office.desk.change_password(first.token, PASSWORD, OTHER)
    assert changed.stage == "full" and office.lives(changed.token) and not office.lives(first.token)
    assert office.sign_in("moi").code == "web.signin.wrong"
    assert office.sign_in("moi", OTHER).stage == "full"
    with pytest.raises(NotFound, match="session_over"):
        office.desk.change_password(first.token, OTHER, PASSWORD)


def test_who_reads_the_log_sets_up_a_second_factor_first(office):
    office.accounts.add("thanh-tra", PASSWORD, [Grant("*", "auditor")])
    first = office.sign_in("thanh-tra")
    assert first.stage == "enrol"
    secret = office.desk.begin_enrolment(first.token).secret
    assert office.desk.begin_enrolment(first.token).secret == secret, "the QR code stays the same on reload"
    assert office.desk.confirm_enrolment(first.token, "000000") == Refused("web.second.wrong")
    done = office.desk.confirm_enrolment(first.token, office.code(secret))
    assert len(done.recovery) == 10 and office.lives(done.token) and not office.lives(first.token)
    assert office.sessions.find(done.token).stage == "full"
    assert done.recovery[0] not in (office.accounts.credentials.folder / "thanh-tra.json").read_text()


def test_with_a_second_factor_the_password_alone_is_nothing_and_a_code_is_good_once(office):
    secret, _ = office.enrol(office.sign_in().token)
    assert office.sign_in(code="").code == "web.signin.wrong"
    assert office.sign_in(code=office.code(secret)).code == "web.signin.wrong", "used up by the enrolment"
    office.now += 30
    code = office.code(secret)
    assert isinstance(office.sign_in(code=f"{code[:3]} {code[3:]}"), SignedIn)
    assert office.sign_in(code=code).code == "web.signin.wrong"
    assert office.sink.entries[-2].why == "sign_in.second"


def test_a_recovery_code_is_good_once(office):
    _, done = office.enrol(office.sign_in().token)
    assert isinstance(office.sign_in(code=done.recovery[3]), SignedIn)
    assert office.sign_in(code=done.recovery[3]).code == "web.signin.wrong"
    assert isinstance(office.sign_in(code=done.recovery[4].upper()), SignedIn)


def test_a_second_factor_is_not_replaced_from_within_a_session(office):
    token = office.sign_in().token
    _, done = office.enrol(token)
    with pytest.raises(UsageError, match="second_factor_there"):
        office.desk.begin_enrolment(done.token)


def test_a_wrong_password_does_not_use_up_a_code(office):
    secret, _ = office.enrol(office.sign_in().token)
    office.now += 30
    assert office.sign_in(password="sai mat khau", code=office.code(secret)).code == "web.signin.wrong"
    assert isinstance(office.sign_in(code=office.code(secret)), SignedIn)


def test_a_damaged_account_signs_in_like_a_missing_one(office, caplog):
    (office.accounts.credentials.folder / "lan.json").write_text("{")
    assert office.sign_in() == Refused("web.signin.wrong")
    assert "lan.json" in caplog.text


def test_a_federated_session_carries_its_own_grants(office):
    token = office.sessions.begin("an@sso.example", 0, display_name="An", grants=[Grant("A", "leader")])
    session = office.sessions.find(token)
    assert account_of(session, office.accounts) is None
    assert actor_of(session, office.accounts).grants == (Grant("A", "leader"),)
    assert actor_of(replace(session, federated=False, name="khong-co"), office.accounts) is None


def test_damaged_session_files_are_no_sessions_and_are_swept(office):
    token = office.sign_in().token
    path = office.sessions.folder / f"{office.sessions.find(token).key}.json"
    path.write_text(path.read_text()[:20])
    assert office.sessions.find(token) is None and office.sessions.find("") is None
    office.sessions.sweep()
    assert not path.exists()


def test_a_first_password_is_good_for_so_many_days_and_a_new_one_again(office):
    def day(value: str) -> None:
        office.now = datetime.fromisoformat(f"{value}T08:00:00+07:00").timestamp()

    office.accounts.set_password("lan", PASSWORD, must_change=True)
    given = date.fromisoformat(office.accounts.credentials.find("lan").given)
    day((given + timedelta(days=30)).isoformat())
    assert office.sign_in().stage == "password"
    day((given + timedelta(days=31)).isoformat())
    assert office.sign_in() == Refused("web.signin.first_over")
    assert office.sign_in(password=OTHER).code == "web.signin.wrong", (
        "nobody learns of it without the password"
    )
    assert [(one.action, one.why) for one in office.sink.entries[-2:]] == [
        ("sign-in-refused", "sign_in.first_over"),
        ("sign-in-refused", "sign_in.wrong"),
    ]
    office.accounts.set_password("lan", OTHER)
    assert office.sign_in(password=OTHER).stage == "full", "a password of one's own does not end"
