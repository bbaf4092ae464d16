"""From files in each of these forms to records, by the mapping that is proposed: nothing in between is made up."""

from datetime import date, datetime, timedelta

import pytest

from ingest.progress import Tally
from ingest.snapshots import mapping, proposal
from ingest.snapshots.forms import open
from ingest.snapshots.records import RecordReader
from ingest.snapshots.staging import Staging
from samples.systems import as_edxml, as_json, as_register
from samples.systems.model import Made, MadeTable
from samples.systems.onestop import one_stop_system

MESSAGE = "000.00.12.H62,2020/11/{0:02d},{0}/UBND-VX"


@pytest.fixture
def drafts(tmp_path):
    """(profile, drafts of all records) of a snapshot."""
    staging = Staging(tmp_path / "work" / "staging.sqlite")

    def read(path):
        with open.opened(path) as source:
            staging.load(source, "1", Tally("vi"))
        found = proposal.propose(staging)
        parsed = mapping.resolved(mapping.parse(found.text), staging.columns())
        reader = RecordReader(staging, parsed, "cu", "2025-06-30")
        return found.profile, [
            reader.draft(records, row)
            for records in parsed.records
            for row in staging.rows(records.table)
            if all((row.get(column) or "") in wanted for column, wanted in records.only.items())
        ]

    yield read
    staging.close()


def table(*rows):
    return MadeTable(dict.fromkeys(rows[0], "text"), [tuple(row.values()) for row in rows])


def test_a_register_of_incoming_documents(tmp_path, drafts):
    rows = [
        {
            "Ngày đến": date(2024, 1, 1) + timedelta(days=number),
            "Số đến": number,
            "Nơi gửi": "Sở Nội vụ",
            "Số ký hiệu": f"{number}/SNV",
            "Ngày VB": date(2023, 12, 29),
            "Trích yếu": f"Việc {number}",
            "Đơn vị xử lý": "Phòng Nội vụ",
            "Hạn xử lý": date(2024, 2, 1),
            "Tình trạng xử lý": "Đang xử lý" if number == 2 else "Hoàn thành",
            "Tệp đính kèm": f"tep/{number}.pdf",
        }
        for number in range(1, 31)
    ]
    title = ["UBND TỈNH PHÚ THỌ", "UBND HUYỆN THANH BA", "SỔ VĂN BẢN ĐẾN NĂM 2024"]
    dirt = as_register.Dirt(title, number="Số đến", lettered=frozenset({12}), typed=3, linked="Tệp đính kèm")
    as_register.write(Made({"so": table(*rows)}), tmp_path / "so", dirt)
    profile, found = drafts(tmp_path / "so")
    assert profile == "so-van-ban" and len(found) == 30
    record = found[1].record
    assert (record.direction.value, record.register_year, record.number, record.arrived) == (
        "incoming",
        "2024",
        "2",
        "2024-01-03",
    )
    assert (record.unit, record.status.value, record.unfinished) == ("UBND HUYỆN THANH BA", "open", True)
    assert found[1].fields["code"].value == "2/SNV" and found[1].fields["issued_date"].value == "2023-12-29"
    assert (record.steps[0].receiver.name, record.steps[0].late) == ("Phòng Nội vụ", True)
    assert found[0].record.steps[0].late is None  # done, nobody says when
    assert [claim.path for claim in found[1].claims] == ["tep/2.pdf"]
    assert [draft.record.number for draft in found[10:13]] == ["11", "12a", "13"]
    assert [draft.record.arrived for draft in found] == [row["Ngày đến"].isoformat() for row in rows]
    assert "code_notation" not in found[1].fields, "half a code is no guess for the whole"
    assert not found[1].record.links, "the record's own code is no guess for the code of its answer"


def test_a_register_of_outgoing_documents(tmp_path, drafts):
    row = {
        "Số, ký hiệu": "5/QĐ-UBND",
        "Ngày ban hành": date(2022, 5, 6),
        "Trích yếu": "Về việc A",
        "Người ký": "Lê Văn B",
        "Nơi nhận": "Như Điều 3",
        "Nơi lưu": "VT",
    }
    as_register.write(Made({"cong-van-di-2022": table(row, row)}), tmp_path / "so")
    profile, [draft, _] = drafts(tmp_path / "so")
    assert profile == "so-van-ban" and draft.record.direction.value == "outgoing"
    assert {name: value.value for name, value in draft.fields.items()} == {
        "code": "5/QĐ-UBND",
        "issued_date": "2022-05-06",
        "subject": "Về việc A",
        "signer": "Lê Văn B",
        "recipients": "Như Điều 3",
    }
    assert [step.receiver.name for step in draft.record.steps] == ["Như Điều 3", "VT"]


def test_a_register_of_dossiers(tmp_path, drafts):
    row = {
        "Mã hồ sơ": "000.00.12.H62-201105-0004",
        "Tên thủ tục": "Cấp bản sao",
        "Người nộp": "Trần Thị C",
        "Ngày tiếp nhận": date(2020, 11, 5),
        "Hẹn trả": date(2020, 11, 9),
        "Ngày trả": date(2020, 11, 8),
        "Trạng thái": "Đã trả kết quả",
    }
    as_register.write(Made({"mot-cua-2020": table(row)}), tmp_path / "so")
    profile, [draft] = drafts(tmp_path / "so")
    procedure = draft.record.procedure
    assert profile == "so-ho-so-tthc" and draft.record.status.value == "delivered"
    assert (procedure.code, procedure.procedure, procedure.applicant.name) == (
        "000.00.12.H62-201105-0004",
        "Cấp bản sao",
        "Trần Thị C",
    )
    assert (procedure.received, procedure.due, procedure.delivered) == (
        "2020-11-05",
        "2020-11-09",
        "2020-11-08",
    )


def test_messages_of_the_exchange(tmp_path, drafts):
    ids = [MESSAGE.format(number) for number in range(1, 6)]
    made = Made(
        {
            "document": table(
                *(
                    {
                        "DocumentId": each,
                        "From.OrganName": "UBND huyện",
                        "Code.CodeNumber": str(number),
                        "Code.CodeNotation": "UBND-VX",
                        "PromulgationInfo.PromulgationDate": date(2020, 11, number),
                        "Subject": f"V/v {number}",
                    }
                    for number, each in enumerate(ids, 1)
                )
            ),
            "receiver": table(*({"@document": each, "OrganName": "Phòng Nội vụ"} for each in ids)),
            "trace": table(
                *(
                    {"@document": each, "OrganId": "H62", "Timestamp": datetime(2020, 11, 5, 8)}
                    for each in ids
                )
            ),
            "reply": table({"@document": ids[1], "DocumentId": ids[0], "Code": "1/UBND-VX"}),
            "attachment": table({"@document": ids[1], "name": "a.txt", "content": b"van ban"}),
            "status": table(
                {
                    "OrganId": "H62.1",
                    "StatusCode": "03",
                    "Timestamp": "2020/11/06 08:00:00",
                    "ResponseFor.DocumentId": ids[1],
                }
            ),
        }
    )
    as_edxml.write(made, tmp_path / "m", as_edxml.Dirt(before=b"1212", zipped=True, unbound=True))
    profile, found = drafts(tmp_path / "m")
    assert profile == "edxml" and [draft.record.old_id for draft in found] == ids
    record = found[1].record
    assert [(step.sender.unit_id, step.receiver.unit, step.sent) for step in record.steps] == [
        ("H62", "", "2020-11-05T08:00:00"),
        ("", "Phòng Nội vụ", ""),
    ]
    assert [(link.kind, link.target, link.text) for link in record.links] == [
        ("replies_to", ids[0], "1/UBND-VX")
    ]
    assert [(message.status.raw, message.when, message.organ_id) for message in record.messages] == [
        ("03", "2020-11-06T08:00:00", "H62.1")
    ]
    assert [(claim.name, claim.blob.size) for claim in found[1].claims] == [("a.txt", len(b"van ban"))]
    assert (
        found[1].fields["code"].value == "2/UBND-VX" and found[1].fields["issued_date"].value == "2020-11-02"
    )


def test_a_one_stop_system_as_json(tmp_path, drafts):
    """The profile of databases fits: steps and papers stand inside their dossiers."""
    made, truth = one_stop_system(dossiers=40)
    nested = {name: "ho_so_id" for name, each in made.tables.items() if "ho_so_id" in each.foreign}
    as_json.write(made, tmp_path / "j", as_json.Form.PAGES, nested, page=7)
    profile, found = drafts(tmp_path / "j")
    assert profile == "tthc" and len(found) == truth.dossiers
    assert sum(len(draft.record.steps) for draft in found) == len(made.tables["tien_trinh"].rows)
    assert sum(len(draft.record.procedure.papers) for draft in found) == len(made.tables["thanh_phan"].rows)
    assert all(draft.record.procedure.procedure for draft in found)
    assert sum(draft.record.unfinished for draft in found) == truth.unfinished
