"""Local accounts: what is on file, who may sign in, what every change does."""

import json
import stat
from datetime import date

import pytest

from archive.errors import AuditUnavailable, HomeError, NotFound, UsageError
from archive.keeper import oidc_settings
from archive.keeper.credentials_writer import hash_password
from archive.people.accounts import Accounts
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import EVERY_UNIT, OPERATOR, Grant, held

PASSWORD = "mat-khau-dai"


@pytest.fixture
def writer(tmp_path) -> AccountsWriter:
    writer = AccountsWriter(tmp_path / "accounts")
    writer.init()
    return writer


def fits(writer: AccountsWriter, password: str) -> bool:
    return writer.credentials.find("lan").fits(password)


def test_an_account_round_trips_through_its_file(writer):
    grants = [Grant("UBND-A", "leader", date(2025, 1, 1), date(2026, 1, 1)), Grant(EVERY_UNIT, "auditor")]
    made = writer.add("lan", PASSWORD, grants, "Trần Thị Lan")
    assert Accounts(writer.root).find("lan") == made
    assert Accounts(writer.root).actor("lan").grants == tuple(grants)
    assert Accounts(writer.root).actor("lan").display_name == "Trần Thị Lan"


def test_the_file_is_closed_to_others_and_holds_no_password(writer):
    writer.add("lan", PASSWORD)
    path = writer.root / "lan.json"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, writer.root / "secret.key")} == {0o640}
    assert "password" not in json.loads(path.read_text())


def test_secrets_lie_in_a_folder_of_their_own_closed_to_all_others(writer):
    writer.add("lan", PASSWORD)
    secret = writer.credentials.folder / "lan.json"
    assert (
        stat.S_IMODE(secret.stat().st_mode) == 0o600 and stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    )
    assert PASSWORD not in secret.read_text() and "$argon2id$" in secret.read_text()


def test_an_account_of_an_older_home_signs_in_and_its_hash_moves_with_the_next_change(writer):
    path, hashed = writer.root / "lan.json", hash_password("lan", PASSWORD)
    old = {
        "name": "lan",
        "display_name": "Lan",
        "password": hashed,
        "grants": [],
        "epoch": 3,
        "disabled": False,
    }
    path.write_text(json.dumps(old))
    assert fits(writer, PASSWORD) and not fits(writer, "sai mat khau")
    assert writer.set_grants("lan", [Grant("A")]).epoch == 4
    assert hashed not in path.read_text() and hashed in (writer.credentials.folder / "lan.json").read_text()
    assert fits(writer, PASSWORD)


def test_what_would_narrow_a_grant_is_never_read_over(writer):
    writer.add("lan", PASSWORD, [Grant("A")])
    path = writer.root / "lan.json"
    path.write_text(path.read_text().replace('"unit": "A"', '"unit": "A", "only_on_mondays": true'))
    with pytest.raises(HomeError, match="account_unreadable"):
        writer.find("lan")


def test_the_key_for_sessions_is_made_once(writer):
    secret = writer.secret()
    writer.init()
    assert writer.secret() == secret and len(secret) >= 32
    (writer.root / "secret.key").unlink()
    with pytest.raises(HomeError, match="secret_missing"):
        writer.secret()


def test_missing_and_disabled_accounts_are_no_actor(writer):
    writer.add("lan", PASSWORD)
    writer.disable("lan")
    for name in ("lan", "khong-co", "../lan", "kho-folder"):
        with pytest.raises(NotFound):
            writer.actor(name)


def test_every_change_raises_the_epoch(writer):
    epochs = [writer.add("lan", PASSWORD).epoch]
    epochs += [writer.set_password("lan", PASSWORD + "2").epoch, writer.set_grants("lan", [Grant("A")]).epoch]
    epochs += [writer.disable("lan").epoch]
    assert epochs == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["", "Lan", "lan/..", "..", "a" * 51, "đức", "lan ", "kho-folder"])
def test_bad_names_are_refused(writer, name):
    with pytest.raises(UsageError, match="account_name"):
        writer.add(name, PASSWORD)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        *((short, "account_password") for short in ("", "ngan", "bay-ky7")),
        *((named, "password_named") for named in ("tran-thi-lan", "Tran-Thi-Lan2026")),
    ],
)
def test_weak_passwords_are_refused(writer, password, why):
    with pytest.raises(UsageError, match=why):
        writer.add("tran-thi-lan", password)


def test_a_name_inside_a_long_password_does_no_harm(writer):
    assert writer.add("an", "ban-hang-2026-lan")


def test_the_operators_role_is_never_granted(writer, tmp_path):
    with pytest.raises(UsageError, match="account_role"):
        writer.add("lan", PASSWORD, [Grant(EVERY_UNIT, OPERATOR)])
    (tmp_path / "kho.toml").write_text(
        '[oidc]\nissuer = "https://sso.example"\nclient_id = "kho"\n[oidc.roles]\n"all" = "operator"\n'
    )
    with pytest.raises(UsageError, match="account_role"):
        oidc_settings.load(tmp_path)


def test_unknown_roles_and_units_are_refused(writer):
    with pytest.raises(UsageError, match="account_role"):
        writer.add("lan", PASSWORD, [Grant("A", "king")])
    with pytest.raises(UsageError, match="bad_code"):
        writer.add("lan", PASSWORD, [Grant("a/b")])
    assert writer.names() == []


def test_a_name_is_taken_once_and_changes_need_an_account(writer):
    writer.add("lan", PASSWORD)
    with pytest.raises(UsageError, match="account_exists"):
        writer.add("lan", PASSWORD)
    with pytest.raises(NotFound):
        writer.disable("khong-co")


def test_an_ended_grant_stays_on_file_and_gives_nothing(writer):
    writer.add("lan", PASSWORD, [Grant("A", valid_to=date(2020, 1, 1))])
    assert len(writer.actor("lan").grants) == 1
    assert not held(writer.actor("lan"), date(2025, 1, 1))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"name": "lan"}'])
def test_a_damaged_file_is_an_error_not_an_account(writer, content):
    (writer.root / "lan.json").write_text(content)
    with pytest.raises(HomeError, match="account_unreadable"):
        writer.find("lan")


def test_files_of_another_login_are_named_with_the_way_out(writer, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    writer.add("lan", PASSWORD)
    monkeypatch.setattr("pathlib.Path.read_bytes", refused)
    for ask in (writer.secret, lambda: writer.find("lan")):
        with pytest.raises(HomeError, match="account_forbidden"):
            ask()


def test_the_folders_own_identity_is_no_account(writer):
    (writer.root / "kho-folder.json").write_text("{}")
    writer.add("lan", PASSWORD)
    assert [account.name for account in writer.all()] == ["lan"]


def test_made_up_passwords_differ_and_are_accepted(writer):
    made = {AccountsWriter.make_password() for _ in range(20)}
    assert len(made) == 20
    writer.add("lan", made.pop())


def test_a_change_is_on_record_before_it_is_made(writer):
    told = []
    AccountsWriter(writer.root, lambda account, why: told.append((account.name, why, account.epoch))).add(
        "lan", PASSWORD
    )
    known = AccountsWriter(writer.root, lambda account, why: told.append((account.name, why, account.epoch)))
    known.set_grants("lan", [Grant("A")])
    known.disable("lan")
    assert told == [
        ("lan", "account_change.added", 1),
        ("lan", "account_change.granted", 2),
        ("lan", "account_change.disabled", 3),
    ]


def test_what_cannot_be_recorded_is_not_changed(writer):
    def refuse(account, why):
        raise AuditUnavailable("audit.unavailable")

    writer.add("lan", PASSWORD)
    closed = AccountsWriter(writer.root, refuse)
    for change in (
        lambda: closed.add("hoa", PASSWORD),
        lambda: closed.set_password("lan", PASSWORD + "2"),
        lambda: closed.disable("lan"),
        lambda: closed.reset_second_factor("lan"),
    ):
        with pytest.raises(AuditUnavailable):
            change()
    assert writer.names() == ["lan"] and writer.find("lan").epoch == 1 and fits(writer, PASSWORD)
    assert writer.credentials.find("hoa") is None
