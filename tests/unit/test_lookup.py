"""`kho search` and `kho show`: what a shell may hand over, and what an answer says of itself."""

import json

import pytest

from archive import cli, settings, wiring_write
from archive.audit.log import AuditLog
from archive.messages import LANGUAGES, say
from archive.rights.access import Grant
from archive.wiring_read import Archive
from tests import homes
from tests.sinks import MemorySink

BAD = "\udcff"
"""How Python hands over the byte FF of an argument that is no UTF-8."""

LETTERS = (
    homes.Letter("15/QĐ-UBND", "2014-03-18", "Quyết định", "thu hồi đất", "Hồ Lộc", (homes.LAND,)),
    homes.Letter("16/QĐ-UBND", "2014-04-18", "Quyết định", "giao đất", "Hồ Lộc", (homes.LAND,)),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    dossier = (homes.FONDS_A, "DD.2014", "Đất đai", "", LETTERS)
    return str(homes.build(tmp_path_factory.mktemp("lookup"), dossiers=(dossier,)).home)


@pytest.fixture
def kho(home, capsys):
    """Runs a command; gives (exit code, output, messages)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(["--home", home, *arguments])
        return (caught.value.code, *capsys.readouterr())

    return run


def answer(kho, *arguments: str) -> dict:
    code, out, _ = kho("search", "--json", *arguments)
    assert code == 0
    return json.loads(out)


@pytest.mark.parametrize("page", [2, 10**9, 10**22])
def test_a_page_beyond_the_end_is_empty_with_the_right_total(kho, page):
    found = answer(kho, "đất", "--page", str(page))
    assert (found["total"], found["page"], found["hits"]) == (2, page, [])


@pytest.mark.parametrize(
    ("typed", "notice"),
    [
        ("???", {"code": "search.no_words"}),
        (BAD, {"code": "search.no_words"}),
        (
            "đất nguoky:Hải",
            {"code": "search.unknown_field", "values": {"field": "nguoky", "known": "người ký"}},
        ),
        ("đất ngày:32/1/2012", {"code": "search.bad_date", "values": {"value": "32/1/2012"}}),
    ],
)
def test_a_query_that_cannot_be_looked_for_finds_nothing_and_says_why(kho, typed, notice):
    found = answer(kho, typed)
    assert (found["total"], found["notices"]) == (0, [notice])
    for language in LANGUAGES:
        sentence = say(notice["code"], language, **notice.get("values", {}))
        assert "?" not in sentence and sentence != notice["code"]
        assert sentence in kho("--lang", language, "search", typed)[1]


def test_a_field_mistyped_is_offered_as_it_was_meant(kho):
    assert answer(kho, "đất -nguoky:Hải")["suggestions"] == ["đất -người ký:Hải"]
    assert answer(kho, "đất xyzq:Hải")["suggestions"] == []
    (notice,) = answer(kho, "đất xyzq:Hải")["notices"]
    assert notice["values"]["known"].startswith("số, loại, cơ quan")


def test_who_looks_with_the_rights_of_an_account_is_on_record_as_who_they_are(kho, home):
    accounts = wiring_write.accounts(settings.load(home))
    accounts.add("lan", "mat-khau-cua-lan", [Grant("nobody")], "Trần Thị Lan")
    assert answer(kho, "đất", "--as", "lan")["actor"] == "lan"
    last = list(AuditLog(settings.load(home).audit).entries())[-1].entry
    assert (last.action, last.object, last.detail["account"]) == ("search", "đất", "lan")
    assert last.actor == Archive(settings.load(home)).operator().name != "lan"


def test_an_empty_query_lists_everything(kho):
    assert (answer(kho)["total"], answer(kho)["notices"]) == (2, [])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("search", "đất", "--filter", f"type={BAD}"), "error.filter"),
        (("search", "đất", "--as", BAD), "error.unknown_user"),
        (("show", f"a:b:{BAD}"), "error.not_found"),
        (("show", f"a:{BAD}"), "error.not_found"),
    ],
)
def test_arguments_that_are_no_text_are_refused_plainly(kho, arguments, code):
    status, out, messages = kho(*arguments)
    assert (status, out) == (2, "")
    assert messages.startswith(say(code, "vi", value=f"type={BAD}", name=BAD).partition(BAD)[0])


def test_how_many_hold_the_words_side_by_side_is_told_where_it_is_some(home):
    archive = Archive(settings.load(home), MemorySink())
    reader, operator = archive.reader(), archive.operator()
    told = {words: reader.search(operator, words) for words in ("giao đất", "thu hồi", "đất giao", "đất")}
    phrases = {words: (found.total, found.phrase, found.together) for words, found in told.items()}
    for words, (total, phrase, together) in phrases.items():
        side_by_side = reader.search(operator, f'"{words}"').total
        some = " " in words and 0 < side_by_side < total
        assert (phrase, together) == ((f'"{words}"', side_by_side) if some else ("", 0)), phrases
    assert any(together for _, _, together in phrases.values())
