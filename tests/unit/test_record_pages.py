"""Pages of records of closed systems: what they say, to whom, in both languages; where old ids and addresses lead."""

import html
import re
import threading
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from archive.holdings.renditions_writer import RenditionsWriter
from archive.keeper import server
from archive.keeper.client import KeeperClient
from archive.model import Finding
from archive.papers import forms
from archive.people.accounts_writer import AccountsWriter
from archive.publishing.handles import RegisterSummary
from archive.rights.access import Grant
from tests import homes, systems
from tests.architecture.test_routes import sign_in
from webui import presenters, records

UNIT = homes.UNIT_A.code
FIRST, CASE, OPEN = systems.letters()[0].id, systems.cases()[0].id, systems.letters()[3].id
BOOK = records.register_address(records.own_register(homes.FONDS_A.code, systems.letters()[0]))
OUT = records.register_address(records.own_register(homes.FONDS_A.code, systems.replies()[0]))


def book(values: dict[str, str], **more: object) -> str:
    rest = {name: value for name, value in values.items() if name != "code"}
    return f"/register/{values['code']}?{urlencode(rest | more)}"


PAGES = (
    f"/item/{FIRST}", f"/item/{OPEN}", f"/item/{CASE}", f"/fonds/{homes.FONDS_A.code}", book(BOOK), book(OUT),
    "/thu-tuc", "/thu-tuc?procedure=khai+sinh", f"/dossier/{systems.PACKAGE}", "/search?q=kinh+phí",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    settings = systems.build(tmp_path_factory.mktemp("record-pages"))
    homes.add_account(settings, "lan", UNIT, display_name="Trần Thị Lan")
    for name, role in (("loc", "leader"), ("kho", "archivist")):
        AccountsWriter(settings.accounts).add(name, homes.PASSWORD, [Grant(UNIT, role)])
    return homes.app(settings)


@pytest.fixture(scope="module")
def lan(app):
    return sign_in(app, "lan")


def told(answer) -> str:
    """The words of a page, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


# --------------------------------------------------------------------------- a document


def test_the_course_of_a_document_is_told_in_words(lan):
    page = told(lan.get(f"/item/{FIRST}"))
    for said in (
        "05/03/2019 09:02", "Giao việc", "chủ trì", "phối hợp", "để biết", "đúng hạn 15/03/2019",
        "trễ hạn 8 ngày (hạn 12/03/2019)", "hệ thống cũ ghi: XLC-7", "hệ thống cũ ghi: Chuyển",
        "Giao Địa chính chủ trì, tham mưu văn bản trả lời trước ngày 15/3",
        "Thiếu tệp Không có tệp «ban-do.dwg» trong bản chụp. Nơi hệ thống cũ ghi: D:\\QLVB\\Tệp\\ban-do.dwg", "hệ thống cũ ghi 4,2 MB",
        "Không mở được Tệp được bảo vệ bằng mật khẩu. Tải tệp", "Trong tệp nén Tệp «bieu-mau.xls» nằm trong tệp nén", "nội dung còn nguyên như khi ký", "chưa biết nguồn cấp chứng thư",
        "có phần thêm vào sau khi ký", "đã phân công", "hệ thống cũ ghi: 99",
        "Hệ thống quản lý văn bản xã An Bình", "30/06/2025", "QĐ 41/QĐ-UBND ngày 25/6/2025", "ma_vach ••••",
    ):  # fmt: skip
        assert said in page, said
    assert "Chưa giải quyết xong" not in page
    left = told(lan.get(f"/item/{OPEN}"))
    assert (
        left.count("Chưa giải quyết xong khi đóng hệ thống") == 2 and "quá hạn 20/06/2025, chưa xong" in left
    )


def test_cells_without_a_place_are_shown_after_a_purpose_and_hold_no_file_back(app, lan):
    assert "893001" not in told(lan.get(f"/item/{FIRST}"))
    assert lan.get(f"/item/{FIRST}/original/0").status_code == 200
    client = sign_in(app, "loc")
    token = re.search(r'name="token" value="(\w+)"', client.get(f"/item/{FIRST}").text)[1]
    stated = {"token": token, "purpose": "đối chiếu sổ văn bản"}
    assert client.post(f"/item/{FIRST}/reveal", data=stated).status_code == 303
    assert "893001" in told(client.get(f"/item/{FIRST}"))


def test_hidden_and_unknown_links_look_alike(app, lan):
    page = lan.get(f"/item/{FIRST}").text
    lines = re.findall(r'<li><span class="kind">.*?</li>', page, re.DOTALL)
    hidden, unknown = (next(line for line in lines if text in line) for text in ("77/BC-UBND", "999/KH-TU"))
    assert hidden.replace("77/BC-UBND", "X") == unknown.replace("999/KH-TU", "X") and "href" not in hidden
    assert any(systems.replies()[0].id in line for line in lines)
    assert any(systems.letters()[2].id in line for line in lines)


def test_attachments_are_downloaded_in_place(lan):
    page = lan.get(f"/item/{FIRST}").text
    for index, file in enumerate(systems.letters()[0].files):
        assert f"/item/{FIRST}/original/{index}" in page
        answer = lan.get(f"/item/{FIRST}/original/{index}")
        assert answer.data == systems.content_of(file.path)
        assert int(answer.headers["Content-Length"]) == file.size


# --------------------------------------------------------------------------- procedure dossiers


def test_a_procedure_dossier_is_shown_with_its_applicant_covered(app, lan):
    for client in (lan, sign_in(app, "loc")):
        page = client.get(f"/item/{CASE}")
        for said in ("N***** V** A*", "1.004227.000.00.00.H62", "650.000 đồng", "Giấy chứng nhận", "quá hạn 10/06/2025",
                     "Ghép theo thời gian từ mot-cua-phu-my, dvc-tinh", "Trả kết quả", "Bổ sung bản sao"):  # fmt: skip
            assert said in told(page), said
        for secret in ("Nguyễn Văn An", "nguyen-van-an", "038193004512", "0912345678", "1968", "/original/0"):
            assert secret not in page.text, secret
        assert client.get(f"/item/{CASE}/original/0").status_code == 403


def test_an_applicant_is_shown_after_a_purpose(app):
    client = sign_in(app, "loc")
    token = re.search(r'name="token" value="(\w+)"', client.get(f"/item/{CASE}").text)[1]
    stated = {"token": token, "purpose": "trả lời công dân tại quầy"}
    assert client.post(f"/item/{CASE}/reveal", data=stated).status_code == 303
    page = client.get(f"/item/{CASE}").text
    assert "Nguyễn Văn An" in page and "038193004512" in page and "12/04/1968" in page
    assert client.get(f"/item/{CASE}/original/0").data == systems.content_of("hs/0004/don-nguyen-van-an.pdf")
    assert "Nguyễn Văn An" not in client.get("/thu-tuc?procedure=bien+dong").text


def test_the_look_up_of_dossiers(app, lan):
    assert CASE in lan.get("/thu-tuc?code=250520-0004").text
    assert "Lê Thị Bưởi" not in lan.get("/thu-tuc?procedure=khai+sinh").text
    refused = told(lan.get("/thu-tuc?applicant=Nguyễn+Văn+An"))
    assert "không tìm được theo người nộp" in refused and "250520" not in refused
    assert "disabled" in lan.get("/thu-tuc").text
    met = sign_in(app, "loc").get("/thu-tuc?applicant=nguyen+van+an").text
    assert CASE in met and "N***** V** A*" in met
    assert "Không tìm thấy hồ sơ nào" in told(lan.get("/thu-tuc?code=999.99"))


# --------------------------------------------------------------------------- registers


def test_a_register_is_what_the_clerk_knew(lan):
    page = lan.get(book(BOOK))
    numbers = re.findall(r'<td class="n number"[^>]*>([^<]*)</td>', page.text)
    assert numbers == ["9", "12", "12a", "13", "15", "16", "17", "18"]
    for said in ("Sổ đăng ký văn bản đến", "Năm: 2019", "8 mục", "(1)", "(10)", "Ký nhận", "Bộ phận Địa chính – Xây dựng",
                 "Chưa xong khi đóng hệ thống"):  # fmt: skip
        assert said in told(page), said
    assert "Võ Thành Tín, Bộ phận Địa chính – Xây dựng" in told(page) and "đơn vị AB" not in told(page)
    assert (
        told(lan.get(book(OUT))).count("UBND huyện Phú Mỹ; Lưu: VT VT 5 17/03/2019 Gửi qua trục liên thông")
        == 1
    )
    links = html.unescape(lan.get(f"/fonds/{homes.FONDS_A.code}").text)
    assert book(BOOK) in links and book(OUT) in links
    beyond = lan.get(book(BOOK, page=99))
    assert beyond.status_code == 302 and beyond.headers["Location"] == book(BOOK)


# --------------------------------------------------------------------------- old ids and addresses


@pytest.mark.parametrize(
    "address",
    [
        "/legacy/qlvb-an-binh/VB-4001",
        "/legacy?url=https://qlvb.anbinh.example/vanban/xem?id=4001",
        "/legacy?url=https%3A%2F%2Fqlvb.anbinh.example%2Fvanban%2Fxem%3Fid%3D4001%23trang2",
    ],
)
def test_old_ids_and_addresses_lead_to_the_record(lan, address):
    answer = lan.get(address)
    assert answer.status_code == 302 and answer.headers["Location"] == f"/item/{FIRST}"


@pytest.mark.parametrize(
    "address",
    [
        "/legacy/qlvb-an-binh/VB-7001",
        "/legacy/qlvb-an-binh/VB-1",
        "/legacy/khong-co/VB-4001",
        "/legacy/qlvb-an-binh/..%2f..%2fetc",
        "/legacy",
        "/legacy?url=https://evil.example/",
        "/legacy?url=//evil.example",
        "/legacy?url=https://qlvb.phumy.example/xem?id=7001",
        "/legacy?url=http://[",
    ],
)
def test_what_is_hidden_or_unknown_is_the_same_page_as_any_missing_one(lan, address):
    answer, missing = lan.get(address), lan.get("/item/H01.12:khong-co:001")
    assert answer.status_code == 404 and "Location" not in answer.headers
    assert answer.data == missing.data and answer.headers == missing.headers


def test_an_id_of_the_exchange_axis_leads_to_the_record(lan):
    answer = lan.get("/legacy/exchange/000.00.12.H62,2019,101/UBND-VX")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/item/{FIRST}"
    unknown = lan.get("/legacy/exchange/000.00.12.H62,2019,1/UBND-VX")
    assert unknown.status_code == 404 and unknown.data == lan.get("/item/H01.12:khong-co:001").data


def test_several_copies_of_a_message_are_listed(tmp_path, monkeypatch):
    first, second, *rest = systems.letters()
    copy = replace(second, record=replace(second.record, exchange_id=first.record.exchange_id))
    monkeypatch.setattr(systems, "letters", lambda: (first, copy, *rest))
    settings = systems.build(tmp_path)
    homes.add_account(settings, "lan", UNIT)
    client = sign_in(homes.app(settings), "lan")
    answer = client.get(f"/legacy/exchange/{first.record.exchange_id}", follow_redirects=True)
    assert first.id in answer.text and copy.id in answer.text and told(answer).count("văn bản") >= 1


def test_hits_show_register_system_and_the_text_of_files(lan):
    page = lan.get("/search?q=quỹ+đất+công+ích")
    assert "số 12, Sổ văn bản đến UBND xã" in told(page)
    assert "nguồn: Hệ thống quản lý văn bản xã An Bình , dữ liệu đến 30/06/2025" in told(page)
    everything = lan.get("/search?q=")
    assert "Hệ thống nguồn" in told(everything) and "Một cửa điện tử huyện Phú Mỹ" in told(everything)
    only = lan.get(f"/search?q=&system={systems.NEWER}")
    assert FIRST not in only.text and systems.newer_cases()[0].id in only.text
    text = lan.get(f"/item/{FIRST}?q=Cây+Gạo")
    assert "Chữ trong tệp đính kèm phu-luc-thửa-đất.xlsx 2 chỗ có từ tìm" in told(text)
    assert "<mark>Cây</mark> <mark>Gạo</mark>" in text.text


# --------------------------------------------------------------------------- the system itself, languages, weight


def test_a_snapshot_shows_what_it_is_and_hands_nothing_out(app, lan):
    assert lan.get(f"/dossier/{systems.PACKAGE}").status_code == 404
    page = sign_in(app, "kho").get(f"/dossier/{systems.PACKAGE}")
    assert "van_ban" in page.text and "du-lieu" not in page.text and "/original/" not in page.text
    assert "Xuất SIARD 2.1" in told(page)


def test_english_is_complete(app):
    client = sign_in(app, "kho")
    client.get("/language/en")
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 200, address
        said = told(answer)
        assert not re.search(r"\b(?:web|system)\.[a-z_]+\.[a-z_]+", said), address
        for word in (
            "Quá trình",
            "Tệp đính kèm",
            "Ý kiến",
            "Hồ sơ thủ tục hành chính</",
            "Ngày đến",
            "Hệ thống cũ",
        ):
            assert word not in said, (address, word)


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_light_and_need_no_script(app, address):
    answer = sign_in(app, "kho").get(address)
    assert len(answer.data) < 150_000 and "<script>" not in answer.text and "onclick" not in answer.text


# --------------------------------------------------------------------------- registers, the rules of the form


def test_whose_hand_an_entry_went_into():
    assert forms.received_by(systems.LAND, "UBND xã An Bình") == "Võ Thành Tín, Bộ phận Địa chính – Xây dựng"
    own = systems.Party("Võ Thành Tín", "Công chức", "UBND XÃ An Bình")
    assert forms.received_by(own, "UBND xã An Bình") == "Võ Thành Tín"
    assert forms.received_by(own, "Xã An Bình") == "Võ Thành Tín"
    assert forms.received_by(replace(own, unit="Văn phòng UBND xã An Bình"), "Xã An Bình").endswith("An Bình")
    assert forms.received_by(systems.Party(unit="UBND xã An Bình"), "UBND xã An Bình") == "UBND xã An Bình"


def test_the_cover_names_the_office():
    for title in ("Phông UBND xã An Bình", "Phông lưu trữ UBND xã An Bình", "UBND xã An Bình"):
        assert forms.office(replace(homes.FONDS_A, title=title)) == "UBND xã An Bình"
    assert forms.office(replace(homes.FONDS_A, title="")) == homes.UNIT_A.name


def test_what_an_attachment_lacks_is_said_once():
    first = systems.letters()[0]
    findings = (Finding("refused.encrypted", "error"), Finding("snapshot.size_differs"))
    assert presenters.findings_on(replace(first, findings=findings), None) == [findings[1]]


def test_registers_that_differ_only_in_the_old_id_of_their_unit_are_told_apart_by_it():
    key = records.own_register("H01", systems.letters()[0])
    other, later = (replace(key, **change) for change in ({"unit": "27"}, {"year": "2020"}))
    alone, beside = (
        [RegisterSummary(one, 1) for one in many] for many in ((key, later), (key, other, later))
    )
    assert not records.told_by_unit(key, alone) and records.told_by_unit(key, beside)
    assert not records.told_by_unit(later, beside)


# --------------------------------------------------------------------------- what a page says of itself


def test_a_covered_page_says_so(app, lan):
    assert "Trang này có dữ liệu cá nhân đang được che." in told(lan.get(f"/item/{CASE}"))
    assert "Trang này có dữ liệu" not in told(lan.get(f"/item/{FIRST}"))


def test_a_search_leads_to_the_pages_with_the_whole_phrase(lan):
    page = lan.get(f"/item/{FIRST}?q=Trang+2").text
    (jumps,) = re.findall(r'<p class="jumps">(.*?)</p>', page, re.DOTALL)
    assert re.findall(r"page=(\d+)", jumps) == ["2"]
    assert 'class="jumps"' not in lan.get(f"/item/{FIRST}?q=quỹ+đất").text, "both pages have it"


def test_pages_no_machine_could_read_are_named(tmp_path, monkeypatch):
    read = systems._read

    def read_badly(settings, item):
        read(settings, item)
        if item.id == FIRST:
            kept, place = RenditionsWriter(settings.renditions), item.pages[1].rendition
            image = kept.image_path(place).read_bytes()
            nothing = replace(kept.reading(place), words=(), confidence=None, source="none")
            kept.put(place, nothing, image, failed=True)

    monkeypatch.setattr(systems, "_read", read_badly)
    settings = systems.build(tmp_path)
    homes.add_account(settings, "lan", UNIT)
    client = sign_in(homes.app(settings), "lan")
    assert "Trang máy không đọc được chữ, hãy xem ảnh: 2 ." in told(client.get(f"/item/{FIRST}"))
    assert "không đọc được chữ, hãy" not in told(client.get(f"/item/{CASE}"))


def test_a_keeper_that_hangs_is_waited_for_once_and_the_page_says_so(tmp_path, monkeypatch):
    settings = systems.build(tmp_path)
    homes.add_account(settings, "lan", UNIT)
    app = homes.app(settings)
    client, archive = sign_in(app, "lan"), app.extensions["lookup"]
    asked, over = [], threading.Event()

    def hang(verb):
        return lambda **_: asked.append(verb) or over.wait(5)

    monkeypatch.setattr("archive.keeper.client.PATIENCE", 0.2)
    monkeypatch.setattr("webui.identity.REFRESH", 0)
    with server.serving(tmp_path / "hung", {verb: hang(verb) for verb in ("seen", "record")}):
        archive.keeper = KeeperClient(tmp_path / "hung")
        answer = client.get(f"/item/{FIRST}")
        over.set()
    assert answer.status_code == 503 and asked == ["seen"]
    assert "rà soát" not in answer.text and "<h1>" in answer.text
