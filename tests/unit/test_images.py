"""Scanned images: frames, modes, resolution, damage, limits."""

from dataclasses import replace

import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from archive.errors import EngineError, SourceRefused
from ingest.files.images import plain
from ingest.files.sources import inspect, open_page
from tests.pdfs import scanned


@pytest.fixture
def tiff(tmp_path):
    """Three different CCITT G4 pages in one TIFF."""
    pages = [scanned((400 + 8 * number, 560), "1") for number in range(3)]
    path = tmp_path / "hồ sơ.tif"
    pages[0].save(path, compression="group4", dpi=(300, 300), save_all=True, append_images=pages[1:])
    return path


def test_every_frame_of_a_tiff_is_a_page(tiff, settings):
    info = inspect(tiff, settings)
    assert (info.media_type, info.pages, info.findings) == ("image/tiff", 3, ())
    for index in range(3):
        page = open_page(tiff, info.media_type, index, settings)
        assert (page.image.mode, page.image.size, page.dpi) == ("1", (400 + 8 * index, 560), 300)
        assert page.image.tobytes() == scanned((400 + 8 * index, 560), "1").tobytes()


def test_a_tiff_cut_short_keeps_its_whole_pages_and_says_so(tiff, settings):
    whole = tiff.read_bytes()
    taken = 0
    for length in range(len(whole) - 1, 8, -3):
        tiff.write_bytes(whole[:length])
        try:
            info = inspect(tiff, settings)
        except SourceRefused as refused:
            assert refused.code == "refused.broken"
            continue
        damage = [finding.values["pages"] for finding in info.findings if finding.code == "file.damaged"]
        shown = range(1 if damage else 3)  # bytes lost without a word must not be part of any picture
        for index in shown:
            page = open_page(tiff, info.media_type, index, settings).image
            assert page.tobytes() == scanned((400 + 8 * index, 560), "1").tobytes()
        taken += bool(damage)
    assert taken > 50


def test_a_loop_of_directories_ends(tiff, settings):
    content = bytearray(tiff.read_bytes())
    with Image.open(tiff) as image:
        image.seek(2)
        first, *_, last = image._frame_pos
    end = last + 2 + 12 * int.from_bytes(content[last : last + 2], "little")
    content[end : end + 4] = first.to_bytes(4, "little")
    tiff.write_bytes(content)
    info = inspect(tiff, settings)
    assert (info.pages, info.findings[0].code) == (3, "file.damaged")


def test_previews_in_a_tiff_are_not_pages(tmp_path, settings):
    path = tmp_path / "a.tif"
    preview, page = scanned((60, 80)), scanned((600, 800))
    tags = ImageFileDirectory_v2()
    tags[254] = 1
    preview.encoderinfo = {"tiffinfo": tags}
    page.save(path, dpi=(300, 300), save_all=True, append_images=[preview, page])
    assert inspect(path, settings).pages == 2
    assert open_page(path, "image/tiff", 1, settings).image.size == (600, 800)


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tif"])
def test_one_page_formats(tmp_path, settings, suffix):
    path = tmp_path / f"Trang 1.{suffix.upper()}"
    scanned().save(path, format={"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()), dpi=(200, 200))
    info = inspect(path, settings)
    page = open_page(path, info.media_type, 0, settings)
    assert (info.pages, info.findings, page.findings) == (1, (), ())
    assert (page.image.size, page.image.mode, page.dpi) == ((1240, 1754), "L", 200)


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tif"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_an_image_cut_short_is_refused(tmp_path, settings, suffix, share):
    path = tmp_path / f"a.{suffix}"
    scanned().save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SourceRefused) as refused:
        inspect(path, settings)
    assert refused.value.code in ("refused.broken", "refused.no_pages")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F"])
def test_every_mode_becomes_a_plain_one(tmp_path, settings, mode):
    page = plain(
        scanned((200, 300)).convert("L").convert(mode)
        if mode != "I;16"
        else Image.new("I;16", (200, 300), 60000)
    )
    assert page.mode in ("1", "L", "RGB")
    assert page.convert("L").getextrema()[1] > 200


def test_transparent_pixels_are_white_paper():
    assert plain(Image.new("RGBA", (10, 10), (0, 0, 0, 0))).getpixel((5, 5)) == (255, 255, 255)


def test_orientation_tag_turns_the_page(tmp_path, settings):
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    scanned((300, 200)).save(path, exif=exif)
    assert open_page(path, "image/jpeg", 0, settings).image.size == (200, 300)


@pytest.mark.parametrize(
    ("size", "dpi", "seen"), [((2480, 3508), None, 300), ((1654, 2339), 72, 200), ((300, 200), 300, 300)]
)
def test_resolution_is_declared_or_that_of_a4(tmp_path, settings, size, dpi, seen):
    path = tmp_path / "a.jpg"
    scanned(size).save(path, **({"dpi": (dpi, dpi)} if dpi else {}))
    assert open_page(path, "image/jpeg", 0, settings).dpi == seen


def test_low_resolution_is_a_finding(tmp_path, settings):
    path = tmp_path / "a.jpg"
    scanned().save(path, dpi=(150, 150))
    (finding,) = open_page(path, "image/jpeg", 0, settings).findings
    assert (finding.code, finding.values["dpi"]) == ("scan.low_dpi", "150")


def test_too_many_pixels_are_refused_before_decoding(tmp_path, settings):
    path = tmp_path / "a.png"
    scanned((400, 400)).save(path)
    for limit in (100_000, 50_000):
        with pytest.raises(SourceRefused, match=r"refused\.too_many_pixels"):
            inspect(path, replace(settings, page_pixels=limit))
        with pytest.raises(EngineError):
            open_page(path, "image/png", 0, replace(settings, page_pixels=limit))


def test_a_page_that_is_not_there(tiff, settings):
    with pytest.raises(EngineError, match=r"page\.unreadable"):
        open_page(tiff, "image/tiff", 7, settings)
