"""The searchable PDF: the scan untouched, every word found with its marks, in place."""

import io
import shutil
import subprocess

import pikepdf
import pytest
from PIL import Image

from archive.copies.searchable import searchable_pdf
from archive.errors import IntegrityError
from archive.model import PageReading, Word

WORDS = (
    Word("Ủy", (200, 200, 260, 250), 96, 0),
    Word("ban", (280, 200, 380, 250), 96, 0),
    Word("Quyết", (200, 300, 330, 350), 90, 1),
    Word("định", (350, 300, 450, 350), 90, 1),
    Word("(đ)\\", (470, 300, 540, 350), 90, 1),
    Word("𝐀", (560, 300, 600, 350), 50, 1),
)


def jpeg(mode: str = "RGB") -> bytes:
    target = io.BytesIO()
    Image.new(mode, (1654, 2339)).save(target, "JPEG")
    return target.getvalue()


def reading(words=WORDS) -> PageReading:
    return PageReading(1654, 2339, 200, 0, "ocr", tuple(words), 90.0)


def test_the_jpeg_passes_byte_for_byte():
    source = jpeg()
    with pikepdf.open(io.BytesIO(searchable_pdf([(source, reading())]))) as pdf:
        image = pdf.pages[0].Resources.XObject.Im
        assert image.read_raw_bytes() == source
        assert [float(v) for v in pdf.pages[0].MediaBox] == [0, 0, 595.44, 842.04]


def test_same_input_gives_same_bytes():
    assert searchable_pdf([(jpeg(), reading())]) == searchable_pdf([(jpeg(), reading())])


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_words_are_found_with_their_marks(tmp_path, mode):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "page.pdf"
    path.write_bytes(searchable_pdf([(jpeg(mode), reading()), (jpeg(), reading(()))]))
    result = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["Ủy", "ban", "Quyết", "định", "(đ)\\", "\ufffd"]
    assert not result.stderr


def test_words_stand_in_their_boxes():
    pdfplumber = pytest.importorskip("pdfplumber")
    with pdfplumber.open(io.BytesIO(searchable_pdf([(jpeg(), reading())]))) as pdf:
        found = {word["text"]: word for word in pdf.pages[0].extract_words()}
    box = [found["định"][edge] * 200 / 72 for edge in ("x0", "x1", "bottom")]
    assert box == pytest.approx([350, 450, 350], abs=14)


def test_what_is_no_jpeg_is_refused():
    with pytest.raises(IntegrityError):
        searchable_pdf([(b"not an image", reading())])
    with pytest.raises(IntegrityError):
        target = io.BytesIO()
        Image.new("L", (9, 9)).save(target, "PNG")
        searchable_pdf([(target.getvalue(), reading())])
