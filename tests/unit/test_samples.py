"""The sample batches: repeatable, complete, and what their truth says of them."""

from __future__ import annotations

import hashlib
import io
import random
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pikepdf
import pypdfium2
import pytest
from PIL import Image, UnidentifiedImageError

from archive.errors import ToolMissing
from samples import fonts, plan
from samples.damage import GROUPS
from samples.documents import invent
from samples.forms import compose
from samples.generate import generate
from samples.texts import Writer, topics, words


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[Path, dict]:
    out = tmp_path_factory.mktemp("samples")
    return out, generate(out, small=True)


def digests(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def one(truth: dict, form: str) -> dict:
    return next(document for document in truth["documents"].values() if document["form"] == form)


def pdf_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def test_same_seed_same_bytes_other_seed_other_bytes(small, tmp_path):
    out, _ = small
    generate(tmp_path / "again", small=True)
    generate(tmp_path / "other", seed=7, small=True)
    assert digests(tmp_path / "again") == digests(out)
    assert digests(tmp_path / "other").keys() == digests(out).keys()
    assert digests(tmp_path / "other") != digests(out)


def test_truth_names_every_file_and_only_those(small):
    out, truth = small
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} - {"truth.json"}
    assert written == set(truth["files"])
    assert {"kept", "duplicate", "refused", "quarantined", "ignored"} <= set(truth["counts"])


def test_a_duplicate_has_the_same_bytes_as_its_original(small):
    out, truth = small
    [(path, entry)] = [
        (path, entry) for path, entry in truth["files"].items() if entry["fate"] == "duplicate"
    ]
    assert (out / path).read_bytes() == (out / entry["duplicate_of"]).read_bytes()


def test_born_digital_text_extracts_as_written(small):
    out, truth = small
    document = one(truth, "born")
    words = pdf_text(out / document["files"][0]).split()
    assert words == " ".join(page["orders"][0] for page in document["pages"]).split()


def test_tcvn3_text_extracts_as_old_codes(small):
    out, truth = small
    document = one(truth, "tcvn3")
    extracted = pdf_text(out / document["files"][0])
    assert "§éc lËp - Tù do - H¹nh phóc" in extracted
    with pikepdf.open(out / document["files"][0]) as pdf:
        names = {str(font.BaseFont) for font in pdf.pages[0].resources["/Font"].values()}
    assert any(name.endswith("+.VnTimeH") for name in names)


def test_garbage_layer_is_not_the_truth(small):
    out, truth = small
    document = one(truth, "garbage")
    said = set(pdf_text(out / document["files"][0]).split())
    true = set(document["pages"][0]["orders"][0].split())
    assert 0 < len(said & true) < 0.5 * len(true)
    assert "Độc" not in said


def test_refused_files_cannot_be_opened(small):
    out, truth = small
    refused = {
        entry["code"]: out / path for path, entry in truth["files"].items() if entry["fate"] == "refused"
    }
    assert refused["refused.empty"].stat().st_size == 0
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(refused["refused.encrypted"])
    for code in ("refused.broken", "refused.unknown_format"):
        with pytest.raises(pypdfium2.PdfiumError):
            pypdfium2.PdfDocument(refused[code])
        with pytest.raises(UnidentifiedImageError):
            Image.open(refused[code])


def test_images_carry_resolution_and_the_planted_gap(small):
    out, truth = small
    document = one(truth, "jpg")
    assert {"code": "sequence.missing", "numbers": [2]} in document["findings"]
    names = [path.rpartition("/")[2] for path in document["files"]]
    assert "Báo cáo (001).Jpg" in names
    assert "Báo cáo (002).Jpg" not in names
    for path in document["files"]:
        assert Image.open(out / path).info["dpi"] == (200, 200)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_torn_tiff_keeps_all_pages_but_the_last(small):
    out, truth = small
    document = one(truth, "torn-tiff")
    with Image.open(out / document["files"][0]) as image:
        for page in document["pages"]:
            image.seek(page["index"])
            image.load()
        with pytest.raises((EOFError, OSError, TypeError)):  # which one depends on where the file breaks off
            image.seek(len(document["pages"]))
            image.load()


def test_multi_page_tiff_has_its_blank_page(small):
    out, truth = small
    document = one(truth, "tiff-g4")
    with Image.open(out / document["files"][0]) as image:
        assert (image.n_frames, image.mode, image.info["compression"]) == (
            len(document["pages"]),
            "1",
            "group4",
        )
        image.seek(1)
        ink = image.convert("L").histogram()[0] / (image.width * image.height)
    assert document["pages"][1]["blank"]
    assert ink < 0.001


def test_catalogue_differs_where_planned(small):
    out, truth = small
    [fonds] = truth["fonds"].values()
    rows = list(openpyxl.load_workbook(io.BytesIO((out / fonds["catalogue"]).read_bytes())).active.values)
    by_file = {row[2]: row for row in rows[4:]}
    listed = {d["files"][0].rpartition("/")[2]: d for d in truth["documents"].values()}
    differing = [
        name
        for name, document in listed.items()
        if any(f["code"] == "catalogue.differs" for f in document["findings"])
    ]
    assert differing == ["QĐ giao đất.pdf"]
    assert by_file["QĐ giao đất.pdf"][4] == "01/01/2014" != listed["QĐ giao đất.pdf"]["fields"]["issued_date"]
    assert by_file["Thu mat.pdf"][10] == "Mật"
    assert listed["Thu mat.pdf"]["access"] == "quarantined"


def test_more_pages_on_request(tmp_path):
    truth = generate(tmp_path, small=True, pages=20)
    assert truth["counts"]["pages"] >= 20
    assert all((tmp_path / path).is_file() for path in truth["files"])


def test_the_full_plan_is_sound():
    """Every key of the plan is known, every copy has its original, no name is used twice."""
    for fonds in plan.load("full"):
        names = [f"{dossier.folder}/{file.stored}" for dossier in fonds.dossiers for file in dossier.files]
        assert len(names) == len(set(names))
        for dossier in fonds.dossiers:
            assert set(words("creators")) >= {dossier.creator}
            assert dossier.topic in topics()
            for file in dossier.files:
                assert file.form != "copy" or file.of in names
                assert file.group in GROUPS


def test_every_sentence_can_be_filled():
    for topic in topics():
        writer = Writer(random.Random(1), topic, date(2016, 5, 4))
        for key in ("subjects", "grounds", "openings", "facts", "tasks"):
            for sentence in writer.topic[key]:
                assert "{" not in writer.fill(sentence)


def test_reading_orders_hold_the_same_words():
    office = plan.creator("tnmt")
    document = invent(random.Random(3), office, "cong-van", "land", date(2014, 3, 5), length=6, table=4)
    for page in compose(document):
        orders = page.orders()
        assert len(orders) > 1
        assert len({tuple(sorted(order.split())) for order in orders}) == 1


def test_fields_stand_on_the_page():
    office = plan.creator("huyen")
    document = invent(random.Random(5), office, "quyet-dinh", "school", date(2019, 2, 7), length=5)
    pages = compose(document)
    said = " ".join(" ".join(page.orders()[0].split()) for page in pages)
    fields = document.fields()
    for name in ("code", "issuer", "subject", "signer"):
        assert fields[name] in said
    assert "ngày 07 tháng 02 năm 2019" in said
    assert fields["issued_date"] == "2019-02-07"


def test_a_draft_has_neither_number_nor_day():
    office = plan.creator("huyen")
    document = invent(random.Random(5), office, "ke-hoach", "land", date(2019, 4, 7), draft=True)
    fields = document.fields()
    assert "code" not in fields and "code_number" not in fields
    assert fields["issued_date"] == "2019-04"
    assert "Số: /KH-UBND" in compose(document)[0].orders()[0]


def test_no_invented_place_is_a_real_one(shared_data):
    """Against the lists of communes before and after July 2025."""
    listing = " ".join(
        path.read_text(encoding="utf-8") for path in sorted((shared_data / "07-admin-units").glob("*.csv"))
    )
    known = set(re.findall(r"[^,;\"\n]+", listing))
    places = words("units")
    for name in (*places["communes"], "Tân Phụng"):
        assert not {f"Xã {name}", f"Phường {name}", f"Thị trấn {name}"} & known
    assert f"Huyện {places['district']}" not in known
    assert f"Tỉnh {places['province']}" not in known


def test_every_face_has_all_vietnamese_letters():
    assert len(fonts.letters()) == 134
    fonts.check()


def test_a_missing_font_is_named_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "ROOT", tmp_path)
    fonts.font.cache_clear()
    with pytest.raises(ToolMissing) as caught:
        fonts.check()
    fonts.font.cache_clear()
    assert caught.value.values["package"] == "fonts-croscore"


def test_a_wrong_key_is_told_in_one_line():
    ran = subprocess.run(
        [sys.executable, "-m", "samples.phone", "không", "đúng"], capture_output=True, text=True
    )
    assert ran.returncode == 1 and "Traceback" not in ran.stderr and "Khóa không đúng" in ran.stderr


@pytest.mark.parametrize("module", ["generate", "units", "systems.generate", "demo"])
def test_asking_for_help_makes_nothing(tmp_path, module):
    """A first thing to type: --help is no folder's name."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"samples.{module}", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "usage:" in done.stdout and not list(tmp_path.iterdir())
