"""Looking into closed systems: inside the scope, on record first, personal data of applicants only by right."""

from dataclasses import replace

import pytest

from archive import console, ids
from archive.commands import card, lookup
from archive.errors import AuditUnavailable, IntegrityError, NotFound, Withheld
from archive.holdings.page_check import PageCheck
from archive.holdings.renditions import Renditions
from archive.holdings.renditions_writer import RenditionsWriter
from archive.lookup import ties
from archive.lookup.legacy import ProcedureQuestion
from archive.processing import Link, SystemRecord
from archive.publishing import handles, plan
from archive.publishing.handles import RegisterKey
from archive.rights.access import Actor, Grant
from archive.units.succession import Register
from archive.wiring_read import Archive
from tests import homes, systems
from tests.sinks import MemorySink

UNIT = homes.UNIT_A.code
LAN, BOSS = Actor("lan", grants=(Grant(UNIT),)), Actor("boss", grants=(Grant(UNIT, "leader"),))
EVERYWHERE, NOBODY = Actor("op", grants=(Grant("*", "operator"),)), Actor("no")
FIRST, REPLY, NINE = systems.letters()[0].id, systems.replies()[0].id, systems.letters()[2].id
CASE, NEWER = systems.cases()[0].id, systems.newer_cases()[0].id
FIRST_TEXT = systems.letters()[0].texts[0].sha256
INCOMING = RegisterKey(homes.FONDS_A.code, "incoming", "Sổ văn bản đến UBND xã", "2019", systems.DOCS, "AB")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return systems.build(tmp_path_factory.mktemp("systems"))


@pytest.fixture
def log():
    return MemorySink()


@pytest.fixture
def reader(settings, log):
    return Archive(settings, log).reader()


# --------------------------------------------------------------------------- old ids, addresses, registers


def test_old_ids_and_addresses_lead_to_the_record_in_scope_only(reader, log):
    assert reader.legacy(LAN, systems.DOCS, "VB-4001") == FIRST
    assert (log.entries[-1].action, log.entries[-1].object, log.entries[-1].why) == (
        "legacy",
        FIRST,
        "access.unit_granted",
    )
    assert reader.legacy_url(LAN, "//qlvb.anbinh.example/vanban/xem?id=4001") == FIRST
    for actor, old in ((LAN, "VB-7001"), (LAN, "VB-9"), (NOBODY, "VB-4001"), (None, "VB-4001")):
        with pytest.raises(NotFound) as caught:
            reader.legacy(actor, systems.DOCS, old)
        assert caught.value.values == {}
    assert reader.legacy(EVERYWHERE, systems.DOCS, "VB-7001").startswith("H01:")


def test_a_register_is_read_page_by_page(reader, log):
    view = reader.register_page(LAN, INCOMING, 2, 3)
    assert view.total == 8 and [item.record.number for item in view.items] == ["13", "15", "16"]
    entry = log.entries[-1]
    assert (
        entry.action == "register"
        and entry.unit == UNIT
        and entry.detail["shown"] == [item.id for item in view.items]
    )
    assert {one.key for one in reader.fonds_page(LAN, homes.FONDS_A.code).registers} >= {INCOMING}
    for actor, key in (
        (NOBODY, INCOMING),
        (LAN, RegisterKey("H01", "outgoing", "Sổ văn bản đi", "2019", systems.DOCS)),
    ):
        with pytest.raises(NotFound):
            reader.register_page(actor, key)


@pytest.mark.parametrize(
    ("numbers", "order"),
    [
        (("13", "12a", "12", "2"), ["2", "12", "12a", "13"]),
        (("", "x", "Số 3", "1/2"), ["1/2", "Số 3", "", "x"]),
    ],
)
def test_numbers_stand_as_clerks_count(numbers, order):
    assert (
        sorted(numbers, key=lambda number: handles.place(SystemRecord("s", "1", "", number=number))) == order
    )


# --------------------------------------------------------------------------- links


def test_links_lead_both_ways_and_never_out_of_scope(reader):
    own = {(tie.text, tie.row and tie.row.id, tie.backward) for tie in reader.item(LAN, FIRST).ties.links}
    assert own == {
        ("45/UBND-ĐC", REPLY, False),
        ("77/BC-UBND", None, False),
        ("999/KH-TU", None, False),
        ("", NINE, True),
    }
    seen = {tie.row.id for tie in reader.item(EVERYWHERE, FIRST).ties.links if tie.row}
    assert any(item_id.startswith("H01:") for item_id in seen)
    back = reader.item(LAN, REPLY).ties.links
    assert [(tie.kind, tie.row.id, tie.backward) for tie in back] == [("replies_to", FIRST, True)]


def test_what_a_link_says_is_covered_like_its_record(reader):
    record = systems.cases()[0].record
    links = (
        Link("related", text="Đơn của Nguyễn Văn An, 038193004512"),
        Link("related", target="038193004512"),
    )
    item = replace(systems.cases()[0], record=replace(record, links=links))
    seen, scope = reader._see(LAN, CASE), reader._scope(LAN)

    def said(covered: bool) -> str:
        looked = replace(seen, item=item, sight=replace(seen.sight, covered=covered))
        return " ".join(tie.text for tie in reader._ties(LAN, looked, scope).links)

    assert seen.sight.covered
    assert "Văn An" not in said(True) and "038193004512" not in said(True) and "Đơn của" in said(True)
    assert "Nguyễn Văn An, 038193004512" in said(False)


def test_an_old_id_of_several_records_leads_to_none(tmp_path, monkeypatch):
    reply, code = systems.replies()[0], f"{systems.DOCS}.di.2019.02"
    twin = replace(
        reply,
        id=ids.item_id(f"{homes.FONDS_A.code}:{code}", 1),
        ordinal=1,
        files=(),
        pages=(),
        fields=systems.fields(code="9999/UBND"),
        record=replace(reply.record, links=(), attachments=()),
    )
    volume = systems.volume(homes.FONDS_A, code, "Sổ", (twin,), systems.FACTS, "register")
    whole = (*systems.dossiers(), volume)
    monkeypatch.setattr(systems, "dossiers", lambda: whole)
    reader = Archive(systems.build(tmp_path), MemorySink()).reader()
    with pytest.raises(NotFound):
        reader.legacy(LAN, systems.DOCS, reply.record.old_id)
    (tie,) = (tie for tie in reader.item(LAN, FIRST).ties.links if tie.text == "45/UBND-ĐC")
    assert tie.row is None
    assert not [tie for tie in reader.item(LAN, twin.id).ties.links if tie.row]
    assert reader.legacy(LAN, systems.DOCS, "VB-4001") == FIRST


# --------------------------------------------------------------------------- files in place


def test_an_attachment_is_read_inside_the_snapshot(reader, log):
    for index, file in enumerate(systems.letters()[0].files):
        found = reader.original(LAN, FIRST, index)
        assert b"".join(found.chunks()) == systems.content_of(file.path)
        assert log.entries[-1].detail["sha256"] == file.sha256
    with pytest.raises(NotFound):
        reader.original(NOBODY, FIRST, 0)


def test_damaged_bytes_inside_a_snapshot_are_not_given(tmp_path):
    settings = systems.build(tmp_path)
    reader = Archive(settings, MemorySink()).reader()
    (container,) = (path for path in settings.holdings.rglob("*.zip"))
    container.chmod(0o644)
    content = bytearray(container.read_bytes())
    at = content.index(systems.content_of(systems.letters()[0].files[0].path))
    content[at + 20] ^= 1
    container.write_bytes(content)
    with pytest.raises(IntegrityError):
        reader.original(LAN, FIRST, 0)


# --------------------------------------------------------------------------- procedure dossiers


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (ProcedureQuestion(code="250520-0004"), {CASE, NEWER}),
        (ProcedureQuestion(code=systems.CODE, procedure="bien dong"), {CASE, NEWER}),
        (ProcedureQuestion(procedure="khai sinh"), {systems.cases()[1].id}),
        (ProcedureQuestion(code="000.00.99"), set()),
        (ProcedureQuestion(), set()),
    ],
)
def test_procedure_dossiers_by_code_and_procedure(reader, question, found):
    page = reader.procedures(LAN, question)
    assert {one.row.id for one in page.found} == found and page.total == len(found)


@pytest.mark.parametrize(
    "who",
    ["nguyen van an", "Nguyễn Văn An", "Văn An", "038193004512", "0912.345.678", "an.nguyen@example.vn"],
)
def test_applicants_are_looked_up_by_right_only_and_covered_in_lists(reader, log, who):
    refused = reader.procedures(LAN, ProcedureQuestion(applicant=who))
    assert refused.refused and not refused.total and log.entries[-1].outcome == "refused"
    met = reader.procedures(BOSS, ProcedureQuestion(applicant=who))
    assert {one.row.id for one in met.found} == {CASE, NEWER}
    assert {one.record.procedure.applicant.name for one in met.found} == {"N***** V** A*"}
    named = f'người nộp:"{who}"'
    assert not reader.search(LAN, named).total and reader.search(BOSS, named).total == 2


def test_no_text_of_a_dossier_names_its_applicant_without_right(reader):
    shown = repr([reader.item(LAN, CASE), reader.page(LAN, CASE, 1), reader.search(LAN, "hồ sơ nguyễn").hits])
    shown += repr(reader.dossier(LAN, CASE.rpartition(":")[0])) + repr(reader.search(BOSS, "biến động"))
    for secret in (
        "Nguyễn Văn An",
        "nguyen-van-an",
        "038193004512",
        "0912345678",
        "example.vn",
        "Gò Mây",
        "1968",
    ):
        assert secret not in shown, secret
    assert reader.page_image(LAN, CASE, 1)._covered
    with pytest.raises(Withheld):
        reader.original(LAN, CASE, 0)
    whole = reader.item(EVERYWHERE, CASE)
    assert whole.item.record == systems.cases()[0].record and "Nguyễn Văn An" in repr(
        reader.page(EVERYWHERE, CASE, 1).reading.text
    )


def test_one_line_of_time_before_and_after_the_merger(reader, log):
    ties = reader.item(LAN, NEWER).ties
    assert [entry.detail["shown"] for entry in log.entries if entry.action == "view"] == [(CASE,)], (
        "what is told of the other system's record is on record too"
    )
    assert set(ties.systems) == {systems.CASES, systems.NEWER}
    assert [act.when for act in ties.line] == sorted(act.when for act in ties.line)
    received = [act for act in ties.line if act.what == "received"]
    assert len(received) == 1 and set(received[0].systems) == {systems.CASES, systems.NEWER}
    assert sum(bool(act.step) for act in ties.line) == len(systems.BEFORE) + len(systems.AFTER)


# --------------------------------------------------------------------------- on the terminal


def test_what_one_system_says_of_an_applicant_is_covered_in_the_line_of_all(tmp_path, monkeypatch):
    (newer,) = systems.newer_cases()
    said = replace(systems.AFTER[1], opinion="Đã trả cho ông NGUYỄN VĂN AN tại quầy")
    unnamed = replace(newer.record.procedure, applicant=systems.Applicant())
    fields = {name: value for name, value in newer.fields.items() if name != "subject"}
    nameless = replace(newer, fields=fields, record=replace(newer.record, procedure=unnamed, steps=(said,)))
    monkeypatch.setattr(systems, "newer_cases", lambda: (nameless,))
    reader = Archive(systems.build(tmp_path), MemorySink()).reader()
    for case in (CASE, NEWER):
        told = repr(reader.item(LAN, case).ties.line)
        assert "Đã trả cho ông" in told and "NGUYỄN VĂN AN" not in told


def test_steps_of_one_minute_keep_the_order_of_their_system():
    days = systems.Procedure("1", received="2025-05-20T08:15", finished="2025-05-20", due="2025-05-20")
    moments = ("2025-05-20T08:15:50", "2025-05-20T08:15:10", "", "2025-05-20", "2025-05-20T09:00")
    steps = tuple(systems.Step(number, sent=when) for number, when in enumerate(moments, 1))
    record = replace(systems.cases()[0].record, procedure=days, steps=steps)
    placed = list(ties._acts(replace(systems.cases()[0], record=record)))
    shown = [act.step.number if act.step else act.what for _, act in sorted(placed, key=lambda one: one[0])]
    assert shown == ["received", 1, 2, 3, 4, 5, "due", "finished"]


# --------------------------------------------------------------------------- files that have text, but no pages


@pytest.mark.parametrize("query", ["do ve cay gao", '"hết biểu kê"'])
def test_the_text_of_a_file_without_pages_is_found_and_shown(reader, query):
    (hit,) = reader.search(LAN, query).hits
    assert hit.row.id == FIRST and not hit.hit_pages
    (snippet,) = hit.snippets
    assert snippet.page == 0 and snippet.marks
    (text,) = reader.file_texts(LAN, FIRST, query)
    assert text.name == "phu-luc-thửa-đất.xlsx" and text.marks and not text.whole
    assert all(text.text[slice(*span)].split() for span in text.marks)
    assert reader.hit_pages(LAN, FIRST, '"hết biểu kê"') == []


def test_a_file_s_text_keeps_its_applicant_covered_and_stays_in_scope(reader, log):
    assert reader.search(LAN, "xin gia hạn vì đi vắng").total == 1
    (hit,) = reader.search(LAN, "xin gia hạn vì đi vắng").hits
    (text,) = reader.file_texts(LAN, CASE, "gia hạn")
    for told in (repr(hit), repr(text)):
        assert "Nguyễn Văn An" not in told and "0912" not in told and "nguyen-van-an" not in told
    met = [reader.search(LAN, query) for query in ('"nguyễn văn an"', "0912345678")]
    assert all(not one.total or one.notices for one in met)
    with pytest.raises(NotFound):
        reader.file_texts(NOBODY, CASE)
    (shown,) = reader.file_texts(EVERYWHERE, CASE)
    assert "Nguyễn Văn An" in shown.text and log.entries[-1].action == "view"


def test_a_damaged_text_is_neither_shown_nor_published(tmp_path):
    settings = systems.build(tmp_path)
    (kept,) = (one for one in settings.renditions.rglob("*.text.gz") if FIRST_TEXT in str(one))
    kept.write_bytes(kept.read_bytes()[:-9] + b"\0" * 9)
    with pytest.raises(IntegrityError):
        Archive(settings, MemorySink()).reader().file_texts(LAN, FIRST)
    (found,) = PageCheck(Renditions(settings.renditions)).dossier(systems.dossiers()[0])
    assert found.code == "fixity.text_damaged" and found.values["name"] == "phu-luc-thửa-đất.xlsx"
    assert not RenditionsWriter(settings.renditions).has_text(systems.letters()[0].texts[0].rendition)
    assert plan._unread_pages(systems.dossiers()[0], Renditions(settings.renditions)) == [(FIRST, 3)]


def test_the_terminal_tells_the_course_of_a_record(reader, capsys):
    console.remember_language("vi")
    card.print_item(reader.item(LAN, FIRST), [], Register(), reader.file_texts(LAN, FIRST))
    card.print_item(reader.item(LAN, CASE), [], Register(), reader.file_texts(LAN, CASE))
    said = capsys.readouterr().out
    order = [
        "Giao việc · chủ trì  đúng hạn 15/03/2019",
        "trễ hạn 8 ngày",
        "Chuyển (ghi trong hệ thống cũ) · để biết",
    ]
    assert [said.index(each) for each in order] == sorted(said.index(each) for each in order)
    for each in (
        "77/BC-UBND (không có trong phần được xem)",
        "N***** V** A*",
        "Diễn biến hồ sơ",
        "quá hạn 10/06/2025, chưa xong",
        "— phu-luc-thửa-đất.xlsx —",
        "Xứ đồng Cây Gạo: mười hai thửa",
        "xin gia hạn vì đi vắng",
        "Không mở được: Tệp được bảo vệ bằng mật khẩu.",
    ):
        assert each in said, each
    assert "Nguyễn Văn An" not in said


def test_programs_get_the_course_and_what_hangs_together(reader):
    plain = lookup._item_plain(reader, reader.item(LAN, NEWER), [])
    assert len(plain["description"]["record"]["steps"]) == len(systems.AFTER)
    assert {act["systems"][0] for act in plain["line"]} == {systems.CASES, systems.NEWER}
    assert plain["system"]["title"] == systems.NEWER_FACTS.title and "Nguyễn Văn An" not in repr(plain)


# --------------------------------------------------------------------------- on record, and by search


SHOWS = {
    "legacy": lambda reader: reader.legacy(LAN, systems.DOCS, "VB-4001"),
    "register": lambda reader: reader.register_page(LAN, INCOMING),
    "texts": lambda reader: reader.file_texts(LAN, FIRST),
    "exchange": lambda reader: reader.exchange(LAN, systems.letters()[0].record.exchange_id),
    "procedures": lambda reader: reader.procedures(LAN, ProcedureQuestion(procedure="khai sinh")),
}


@pytest.mark.parametrize("name", SHOWS)
def test_what_cannot_be_recorded_is_not_shown(reader, log, name):
    log.failing = True
    with pytest.raises(AuditUnavailable):
        SHOWS[name](reader)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("số đến:12a", [systems.letters()[1].id]),
        ("arrival:12", [FIRST]),
        ("ma ho so:H62-250520-0004 hệ thống:dvc-tinh", [NEWER]),
        ('thu tuc:"khai sinh"', [systems.cases()[1].id]),
        ("kinh phí tham mưu rà soát", [FIRST]),
        ("ngô thị mận", [FIRST]),
        ("ban-do.dwg", [FIRST]),
    ],
)
def test_records_are_searched_by_what_their_systems_knew(reader, query, found):
    result = reader.search(LAN, query)
    assert [hit.row.id for hit in result.hits] == found and not result.notices


def test_a_hit_shows_the_opinion_it_was_found_by(reader):
    (hit,) = (hit for hit in reader.search(LAN, "ngô thị mận").hits if hit.row.id == FIRST)
    (snippet,) = hit.snippets
    marked = {snippet.text[first:last].lower() for first, last in snippet.marks}
    assert snippet.page == 0 and {"ngô", "thị", "mận"} <= marked and not hit.hit_pages
    shown = repr([hit.snippets for hit in reader.search(LAN, "tiếp nhận").hits])
    assert "Tiếp nhận hồ sơ của ông •••••• ••• ••" in shown
    assert "Nguyễn Văn An" not in shown


def test_the_kinds_of_records_can_be_told_apart(reader):
    assert reader.search(LAN, "").facets["kind"] == {"system": 9, "scan": 1, "procedure": 3}
