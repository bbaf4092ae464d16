"""The page that tells what kho verify found: for those who care for the whole archive, and nobody else."""

import pytest

from archive.holdings import heads, recorded_verify
from archive.holdings.fixity import Choice
from archive.people.accounts_writer import AccountsWriter
from archive.replicas import frozen
from archive.rights.access import EVERY_UNIT, Grant
from tests import homes
from tests.architecture.test_routes import sign_in
from webui import rights


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("integrity"), homes.DOSSIERS[:2])
    accounts = AccountsWriter(settings.accounts)
    accounts.add("giu", homes.PASSWORD, [Grant(EVERY_UNIT, "archivist")], "Giữ kho")
    accounts.add("mot", homes.PASSWORD, [Grant(homes.UNIT_A.code, "archivist")], "Một xã")
    homes.add_account(settings, "lan", homes.UNIT_A.code)
    return settings


@pytest.mark.parametrize("name", ["mot", "lan"])
def test_for_everybody_else_the_page_is_not_there(settings, name):
    client = sign_in(homes.app(settings), name)
    answer, missing = client.get("/integrity"), client.get("/item/none")
    assert answer.status_code == missing.status_code == 404
    assert "/integrity" not in client.get("/").text


def test_it_tells_of_the_last_check_and_names_damage(settings):
    client = sign_in(homes.app(settings), "giu")
    assert "Chưa có lần kiểm tra nào" in client.get("/integrity").text
    recorded_verify.verify(settings, None, Choice(), by="an")
    page = client.get("/integrity").text
    assert "Mọi phần đã kiểm tra đều nguyên vẹn" in page and "/integrity" in client.get("/").text
    path = next(settings.holdings.rglob("original/*"))
    content = path.read_bytes()
    path.unlink()
    recorded_verify.verify(settings, None, Choice(), by="an")
    path.write_bytes(content)
    page = client.get("/integrity").text
    assert "Có 1 chỗ hư hỏng" in page and "Thiếu tệp" in page and str(settings.home) not in page


def test_the_confined_look_up_reads_the_memory_of_checks_and_not_the_copy_of_secrets(settings):
    assert heads.FOLDER in rights.SHOWN and frozen.FOLDER not in rights.SHOWN
    assert (settings.home / heads.FOLDER).is_dir()
