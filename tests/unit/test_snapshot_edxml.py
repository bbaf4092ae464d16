"""Messages of the exchange axis as offices' systems really write them: each hazard alone, then what means harm."""

import base64
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import SourceRefused
from archive.holdings import locator
from ingest.snapshots.forms import edxml
from ingest.snapshots.forms.edxml import skeleton
from ingest.snapshots.forms.edxml.skeleton import read as skeleton_of
from samples.systems import as_edxml
from samples.systems.as_edxml import LGSP, OLDER, Dirt, write
from samples.systems.model import Made, MadeTable

LETTER = b"%PDF-1.4\n" + bytes(range(256)) * 40
ID = "000.00.12.H62,2020/11/05,12a/UBND-VX"


def made(**tables):
    """One document with all that may hang on it."""
    whole = {
        "document": {
            "DocumentId": ID,
            "From.OrganId": "000.00.12.H62",
            "From.OrganName": "UBND huyện Thanh Ba",
            "Code.CodeNumber": "12a",
            "Code.CodeNotation": "UBND-VX",
            "PromulgationInfo.Place": "Thanh Ba",
            "PromulgationInfo.PromulgationDate": date(2020, 11, 5),
            "DocumentType.Type": "2",
            "DocumentType.TypeName": "Công văn",
            "Subject": "V/v rà soát <hộ nghèo> & cận nghèo",
            "SignerInfo.FullName": "Lê Văn A",
            "OtherInfo.Priority": 0,
            "Bussiness.BussinessDocType": 0,
            "Bussiness.StaffInfo.Staff": "Nguyễn Thị B",
        },
        "receiver": {"@document": ID, "OrganId": "000.05.12.H62", "OrganName": "Phòng Nội vụ"},
        "trace": {"@document": ID, "OrganId": "000.00.12.H62", "Timestamp": datetime(2020, 11, 5, 8, 30)},
        "reply": {"@document": ID, "OrganId": "000.00.00.H62", "Code": "99/SNV"},
        "appendix": {"@document": ID, "text": "Phụ lục 1"},
        "attachment": {
            "@document": ID,
            "name": "Công văn.pdf",
            "description": "bản chính",
            "content_type": "application/pdf",
            "content": LETTER,
        },
        "status": {"OrganId": "000.05.12.H62", "StatusCode": "03", "ResponseFor.DocumentId": ID},
    }
    return Made(
        {
            name: MadeTable(dict.fromkeys(row, "text"), [tuple(row.values())])
            for name, row in (whole | tables).items()
            if row
        }
    )


def read(path):
    """(rows by table, codes of findings -> how often)"""
    tables = {name: [] for name in edxml.reader.fields.COLUMNS}
    with edxml.opened(path) as source:
        for row in source.rows():
            assert set(row.cells) == set(edxml.reader.fields.COLUMNS[row.table])
            assert row.number == len(tables[row.table]) + 1
            tables[row.table].append(row.cells)
        return tables, {finding.code: finding.values["count"] for finding in source.findings()}


def said(cells):
    return {name: cell for name, cell in cells.items() if cell is not None and not name.startswith("@")}


def content(folder, cells):
    return locator.content(folder, cells["content"].locator, 1 << 24)


HAZARDS = {
    "clean": Dirt(),
    "garbage": Dirt(before=b"1212"),
    "byte order mark": Dirt(before=b"\xef\xbb\xbf \n"),
    "older namespace": Dirt(namespace=OLDER),
    "other namespace": Dirt(namespace=LGSP, prefix=""),
    "no namespace": Dirt(prefix="", bound=False),
    "unbound prefix of elements": Dirt(bound=False),
    "unbound prefix of an attribute": Dirt(unbound=True),
    "order": Dirt(turned=True),
    "empty reply": Dirt(hollow=True),
    "cdata": Dirt(cdata=True),
    "zip with another name": Dirt(zipped=True),
    "all": Dirt(b"\x00\x01 garbage", OLDER, "x", False, True, True, True, True, True),
}


@pytest.mark.parametrize("hazard", HAZARDS)
def test_the_same_is_read_whatever_the_hazard(tmp_path, hazard):
    write(made(), tmp_path, HAZARDS[hazard])
    assert edxml.takes(tmp_path, b"")
    rows, found = read(tmp_path)
    [document] = rows["document"]
    assert said(document) == {
        "DocumentId": ID,
        "From.OrganId": "000.00.12.H62",
        "From.OrganName": "UBND huyện Thanh Ba",
        "Code.CodeNumber": "12a",
        "Code.CodeNotation": "UBND-VX",
        "PromulgationInfo.Place": "Thanh Ba",
        "PromulgationInfo.PromulgationDate": "2020/11/05",
        "DocumentType.Type": "2",
        "DocumentType.TypeName": "Công văn",
        "Subject": "V/v rà soát <hộ nghèo> & cận nghèo",
        "SignerInfo.FullName": "Lê Văn A",
        "OtherInfo.Priority": "0",
        "Bussiness.BussinessDocType": "0",
        "Bussiness.StaffInfo.Staff": "Nguyễn Thị B",
    }
    assert (document["@id"], document["@other"]) == (ID, None)
    assert [said(row) for row in rows["receiver"]] == [
        {"OrganId": "000.05.12.H62", "OrganName": "Phòng Nội vụ"}
    ]
    assert [said(row) for row in rows["trace"]] == [
        {"OrganId": "000.00.12.H62", "Timestamp": "2020/11/05 08:30:00"}
    ]
    assert [said(row) for row in rows["reply"]] == [{"OrganId": "000.00.00.H62", "Code": "99/SNV"}]
    assert [row["text"] for row in rows["appendix"]] == ["Phụ lục 1"]
    [status] = rows["status"]
    assert (status["StatusCode"], status["OrganId"], status["@document"]) == ("03", "000.05.12.H62", ID)
    [attachment] = rows["attachment"]
    assert (attachment["name"], attachment["description"], attachment["@document"]) == (
        "Công văn.pdf",
        "bản chính",
        ID,
    )
    assert content(tmp_path, attachment) == LETTER and attachment["size"] == str(len(LETTER))
    assert ("snapshot.edxml_garbage" in found) == (hazard in ("garbage", "all"))
    assert bool(attachment["inner_name"]) == (hazard in ("zip with another name", "all"))


def test_the_files_of_a_zip_are_read_in_place(tmp_path):
    write(made(), tmp_path / "a", Dirt(zipped=True))
    with zipfile.ZipFile(tmp_path / "gói.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (tmp_path / "a").iterdir():
            archive.write(file, f"2020/{file.name}")
        archive.writestr("../../tmp/readme.txt", "x")
    path = tmp_path / "gói.zip"
    assert edxml.takes(path, path.read_bytes()[:4096])
    rows, _ = read(path)
    assert content(tmp_path, rows["attachment"][0]) == LETTER
    assert rows["document"][0]["@file"] == "gói.zip!zip=2020/vb-00001.edxml"


def test_the_lgsp_dialect(tmp_path):
    digits = base64.b64encode(LETTER).decode()
    (tmp_path / "a.xml").write_text(
        f"""<EdXMLEnvelope xmlns="{LGSP}"><Header><MessageHeader><DocumentId>3f2504e0-4f89-11d3-9a0c-0305e82c3301</DocumentId>
        <CodeNumber>5</CodeNumber><CodeNotation>QĐ</CodeNotation><OrganName>Sở A</OrganName></MessageHeader></Header>
        <Body><Manifest><Attachment name="a.pdf" contentType="application/pdf"><Content>{digits}</Content></Attachment>
        </Manifest></Body></EdXMLEnvelope>""",
        "utf-8",
    )
    rows, _ = read(tmp_path / "a.xml")
    [document], [attachment] = rows["document"], rows["attachment"]
    assert (document["Code.CodeNumber"], document["Code.CodeNotation"]) == ("5", "QĐ")
    assert (document["@namespace"], document["@id"]) == (LGSP, "3f2504e0-4f89-11d3-9a0c-0305e82c3301")
    assert (attachment["name"], attachment["content_type"]) == ("a.pdf", "application/pdf")
    assert content(tmp_path, attachment) == LETTER


def test_what_has_no_column_is_kept_and_a_short_content_is_text(tmp_path):
    (tmp_path / "a.xml").write_text(
        "<edXML><MessageHeader><DocumentId>x</DocumentId><Content>abcd</Content><Extra><Mood>good</Mood></Extra>"
        "</MessageHeader></edXML>",
        "utf-8",
    )
    [document] = read(tmp_path / "a.xml")[0]["document"]
    assert (document["Content"], document["@other"]) == ("abcd", "Extra.Mood=good")


def test_several_places_make_one_list(tmp_path):
    (tmp_path / "a.xml").write_text(
        "<edXML><MessageHeader><DocumentId>x</DocumentId><ToPlaces><Place>Như trên</Place><Place>Lưu: VT</Place></ToPlaces>"
        "</MessageHeader></edXML>",
        "utf-8",
    )
    assert read(tmp_path / "a.xml")[0]["document"][0]["ToPlaces.Place"] == "Như trên; Lưu: VT"


def test_ids_in_both_shapes_none_at_all_and_dummies(tmp_path):
    for number, document_id in enumerate(
        (ID, "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "vxp.saas.03", None, "")
    ):
        own = {"DocumentId": document_id, "Subject": f"việc {number}", "Code.CodeNumber": str(number)}
        (tmp_path / f"{number}.edxml").write_bytes(as_edxml.message(own, {}))
    rows, found = read(tmp_path)
    assert [row["@id"] for row in rows["document"]] == [
        ID,
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "vxp.saas.03",
        "3.edxml",
        "4.edxml",
    ]
    assert found["snapshot.edxml_no_id"] == "2"


def test_the_same_message_twice_is_one_and_the_same_id_with_other_content_is_two(tmp_path):
    own = {"DocumentId": ID, "Subject": "việc"}
    (tmp_path / "a.edxml").write_bytes(as_edxml.message(own, {}))
    (tmp_path / "b.edxml").write_bytes(b"12" + as_edxml.message(own, {}))
    (tmp_path / "c.edxml").write_bytes(as_edxml.message(own | {"Subject": "việc khác"}, {}))
    rows, found = read(tmp_path)
    assert [row["@id"] for row in rows["document"]] == [ID, f"{ID} (2)"]
    assert (found["snapshot.edxml_twice"], found["snapshot.edxml_same_id"]) == ("1", "1")


def zipped(**members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, held in members.items():
            archive.writestr(name, held)
    return target.getvalue()


def with_attachment(path, held, dirt=as_edxml.CLEAN):
    row = {"@document": ID, "name": "x", "content": held}
    (path / "a.edxml").write_bytes(as_edxml.message({"DocumentId": ID}, {"attachment": [row]}, dirt))
    return read(path / "a.edxml")


def test_a_zip_with_several_files_makes_several_attachments(tmp_path):
    rows, _ = with_attachment(tmp_path, zipped(a=b"1", b=b"22"))
    assert [(row["inner_name"], row["size"], row["@number"]) for row in rows["attachment"]] == [
        ("a", "1", "1"),
        ("b", "2", "2"),
    ]
    assert content(tmp_path, rows["attachment"][1]) == b"22"


def test_a_document_that_is_a_zip_stays_whole(tmp_path):
    held = zipped(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    [row] = with_attachment(tmp_path, held)[0]["attachment"]
    assert content(tmp_path, row) == held and row["inner_name"] is None


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        (b"", "snapshot.edxml_missing"),
        (None, "snapshot.edxml_missing"),
        (b"PK\x03\x04 broken", "snapshot.edxml_zip_broken"),
    ],
)
def test_attachments_without_good_bytes_are_told(tmp_path, held, problem):
    rows, found = with_attachment(tmp_path, held)
    assert found == {problem: "1"} and len(rows["attachment"]) == 1


def test_a_locked_zip_is_told(tmp_path):
    held = bytearray(zipped(a=b"1"))
    held[6] |= 1
    held[held.index(b"PK\x01\x02") + 8] |= 1
    assert with_attachment(tmp_path, bytes(held))[1] == {"snapshot.edxml_zip_locked": "1"}


def test_broken_base64_is_told(tmp_path):
    write(made(status=None), tmp_path)
    [file] = tmp_path.iterdir()
    held = file.read_bytes()
    start = held.index(b"<edXML:ContentTransferEncoded>") + 40
    file.write_bytes(held[:start] + b"=A=" + held[start + 3 :])
    rows, found = read(tmp_path)
    assert rows["attachment"][0]["content"] is None and found == {"snapshot.edxml_undecodable": "1"}


def test_a_message_that_breaks_off_gives_what_stands_before(tmp_path):
    write(made(status=None), tmp_path)
    [file] = tmp_path.iterdir()
    held = file.read_bytes()
    file.write_bytes(held[: held.index(b"AttachmentEncoded")])
    rows, found = read(tmp_path)
    assert rows["document"][0]["Subject"].startswith("V/v rà soát")
    assert found == {"snapshot.edxml_repaired": "1", "snapshot.edxml_missing": "1"}


def test_the_certificate_of_a_signature_is_told(tmp_path):
    certificate = base64.encodebytes(_certificate()).decode()
    text = as_edxml.message({"DocumentId": ID}, {}).decode()
    signature = (
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:SignatureMethod Algorithm='
        '"http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><ds:Reference><ds:DigestMethod Algorithm="sha1"/></ds:Reference>'
        f"</ds:SignedInfo><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo></ds:Signature>"
    )
    text = text.replace("</edXML:edXMLHeader>", signature + "</edXML:edXMLHeader>")
    (tmp_path / "a.edxml").write_text(text, "utf-8")
    rows, _ = read(tmp_path / "a.edxml")
    [row] = rows["signature"]
    assert row["algorithm"].endswith("rsa-sha1") and row["subject"] == "CN=UBND huyện Thanh Ba"
    assert row["serial"] == "2a" and row["valid_until"].startswith("2021-01-01") and not rows["attachment"]


def _certificate():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "UBND huyện Thanh Ba")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 42, datetime(2019, 1, 1), datetime(2021, 1, 1)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_the_files_stay_as_they_are(tmp_path):
    write(made(), tmp_path, HAZARDS["all"])
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    read(tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


# --------------------------------------------------------------------------- files that mean harm

BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
READS = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [BOMB, READS])
def test_declarations_are_refused_alone_and_passed_over_among_others(tmp_path, declared):
    bad = tmp_path / "b.edxml"
    bad.write_text(
        f"<?xml version='1.0'?>{declared}<edXML><MessageHeader><Subject>&b;&a;</Subject></MessageHeader></edXML>"
    )
    with pytest.raises(SourceRefused) as refused:
        edxml.opened(bad)
    assert refused.value.code == "refused.edxml_hostile"
    write(made(), tmp_path)
    rows, found = read(tmp_path)
    assert len(rows["document"]) == 1 and found == {"snapshot.edxml_hostile": "1"}


def test_entities_nobody_declared_are_nothing(tmp_path):
    (tmp_path / "a.xml").write_text(
        "<edXML><MessageHeader><Subject>a&xxe;b</Subject></MessageHeader></edXML>"
    )
    assert read(tmp_path / "a.xml")[0]["document"][0]["Subject"].startswith("a")


def test_depth_harms_nobody(tmp_path):
    deep = "<a>" * 100_000
    (tmp_path / "a.xml").write_text(
        f"<edXML><MessageHeader><Subject>x</Subject>{deep}</MessageHeader></edXML>"
    )
    rows, found = read(tmp_path / "a.xml")
    assert rows["document"][0]["Subject"] == "x" and found["snapshot.edxml_repaired"] == "1"


def test_too_many_tags_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(skeleton, "MAX_XML", 10_000)
    (tmp_path / "a.xml").write_text("<edXML><MessageHeader>" + "<a/>" * 10_000)
    with pytest.raises(SourceRefused):
        edxml.opened(tmp_path / "a.xml")


@pytest.mark.parametrize(
    "held", [b"", b"<", b"<edXML", b"PK\x03\x04", b"\xff\xfe<\x00e\x00", b"<html></html>"]
)
def test_what_is_no_message_is_refused(tmp_path, held):
    (tmp_path / "a.edxml").write_bytes(held)
    assert not edxml.takes(tmp_path / "a.edxml", b"<html>")
    with pytest.raises(SourceRefused):
        edxml.opened(tmp_path / "a.edxml")


def test_links_are_not_followed(tmp_path):
    write(made(), tmp_path / "outside")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.edxml").symlink_to(tmp_path / "outside" / "vb-00001.edxml")
    assert not edxml.takes(tmp_path / "inside", b"")


def test_the_hostile_xml_of_others(tmp_path, shared_data):
    for file in (shared_data / "09-hostile" / "xml").iterdir():
        with pytest.raises(SourceRefused):
            edxml.opened(file)


# --------------------------------------------------------------------------- round trips

text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=30
).map(lambda value: "x" + " ".join(value.split()))


@settings(max_examples=60, deadline=None)
@given(
    subject=text, name=text, held=st.binary(min_size=1, max_size=600), hazard=st.sampled_from(sorted(HAZARDS))
)
def test_what_is_written_is_read_back(tmp_path_factory, subject, name, held, hazard):
    folder = tmp_path_factory.mktemp("m")
    attachment = {"@document": ID, "name": name, "content": held}
    held_file = as_edxml.message(
        {"DocumentId": ID, "Subject": subject}, {"attachment": [attachment]}, HAZARDS[hazard]
    )
    (folder / "a!%.edxml").write_bytes(held_file)
    rows, _ = read(folder)
    assert rows["document"][0]["Subject"] == subject
    assert rows["attachment"][0]["name"] == name
    if not held.startswith(b"PK\x03\x04"):
        assert content(folder, rows["attachment"][0]) == held


class Dripping:
    """Gives a few bytes at a time."""

    def __init__(self, held, size):
        self._source, self._size = io.BytesIO(held), size

    def read(self, _):
        return self._source.read(self._size)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_ranges_do_not_depend_on_how_the_bytes_come(size):
    held = as_edxml.message(
        {"DocumentId": ID}, {"attachment": [{"@d": ID, "name": "a", "content": LETTER}]}, HAZARDS["all"]
    )
    ranges = {(each.start, each.end) for each in skeleton_of(Dripping(held, size)).held.values()}
    assert ranges == {(each.start, each.end) for each in skeleton_of(io.BytesIO(held)).held.values()}
    [(start, end)] = [each for each in ranges if each[1] - each[0] > 200]
    assert base64.b64decode(held[start:end])[:2] == b"PK"
