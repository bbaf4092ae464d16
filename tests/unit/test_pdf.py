"""PDF pages: the scan itself, renderings, and when embedded text is believed."""

from dataclasses import replace

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from archive.errors import EngineError, SourceRefused
from ingest.files.sources import inspect, open_page
from tests.pdfs import BODY, Maker, coded, scanned

PDF = "application/pdf"
PAGE_TEXT = (BODY * 6)[:30]


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def opened(maker, tmp_path, settings, index=0):
    return open_page(maker.save(tmp_path / "a.pdf"), PDF, index, settings)


# --------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_page_that_is_one_scan_is_that_scan_pixel_for_pixel(tmp_path, settings, mode):
    maker, scan = Maker(), scanned(mode=mode)
    maker.scan(maker.page(), scan)
    page = opened(maker, tmp_path, settings)
    assert (page.image.size, page.dpi, page.layer) == ((1240, 1754), 150, None)
    assert page.image.convert("RGB").tobytes() == scan.convert("RGB").tobytes()
    assert codes(page.findings) == ["scan.low_dpi"]


def test_a_turned_page_is_its_scan_turned(tmp_path, settings):
    maker, scan = Maker(), scanned()
    scan.putpixel((0, 0), 100)
    page = maker.page()
    maker.scan(page, scan)
    page.Rotate = 90
    shown = opened(maker, tmp_path, settings).image
    assert shown.size == (1754, 1240)
    assert shown.getpixel((1753, 0)) == 100


@pytest.mark.parametrize("stencil", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_decode_array_and_stencils_are_shown_as_a_viewer_shows_them(tmp_path, settings, stencil, inverted):
    maker = Maker()
    page = maker.page()
    maker.scan(page, scanned(mode="1"))
    picture = page.Resources.XObject["/Im0"]
    if inverted:
        picture.Decode = Array([1, 0])
    if stencil:
        picture.ImageMask = True
        del picture["/ColorSpace"]
    paper = opened(maker, tmp_path, settings).image.convert("L").getpixel((5, 5))
    assert paper == (0 if inverted else 255)


def test_a_page_with_more_than_a_scan_is_rendered_at_the_scan_s_resolution(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    maker.scan(page, scanned((2480, 3508)))
    maker.unicode_lines(page, ["đến ngày"])
    shown = opened(maker, tmp_path, settings)
    assert abs(shown.image.width - 2480) <= 3
    assert shown.dpi == 300
    assert codes(shown.findings) == ["page.layer_partial"]


def test_large_sheets_are_rendered_coarser_and_absurd_ones_not_at_all(tmp_path, settings):
    maker = Maker()
    maker.unicode_lines(maker.page((2384, 3370)), BODY)
    assert opened(maker, tmp_path, settings).dpi == 200
    with pytest.raises(EngineError, match=r"page\.too_many_pixels"):
        open_page(tmp_path / "a.pdf", PDF, 0, replace(settings, page_pixels=1_000_000))
    maker = Maker()
    maker.page().MediaBox = Array([0, 0, 10**9, 10**9])
    with pytest.raises(SourceRefused, match=r"refused\.broken"):
        inspect(maker.save(tmp_path / "b.pdf"), settings)


def test_a_picture_too_large_to_decode_is_refused_undecoded(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    maker.scan(page, scanned((100, 100)))
    page.Resources.XObject["/Im0"].Width = 100_000
    page.Resources.XObject["/Im0"].Height = 100_000
    with pytest.raises(EngineError, match=r"page\.too_many_pixels"):
        opened(maker, tmp_path, settings)


# --------------------------------------------------------------------------- text


def test_born_digital_text_is_taken_with_boxes_on_its_ink(tmp_path, settings):
    maker = Maker()
    maker.unicode_lines(maker.page(), PAGE_TEXT)
    page = opened(maker, tmp_path, settings)
    layer = page.layer
    assert layer.text.splitlines() == PAGE_TEXT
    assert (layer.source, layer.confidence, layer.turned) == ("text-layer", 100.0, 0)
    assert (layer.width, layer.height, layer.dpi) == (*page.image.size, 300)
    assert layer.ink > 0.95
    first = layer.words[0]
    assert first.text == "căn"
    assert 60 / 72 * 300 - 15 < first.box[0] < 60 / 72 * 300 + 40
    assert 40 / 72 * 300 < first.box[1] < first.box[3] < 75 / 72 * 300


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_shown_sideways_is_turned_upright_with_its_boxes(tmp_path, settings, turn):
    maker = Maker()
    page = maker.page()
    maker.unicode_lines(page, PAGE_TEXT)
    page.Rotate = turn
    shown = opened(maker, tmp_path, settings)
    assert shown.image.height > shown.image.width
    assert shown.layer.turned == -turn % 360
    assert shown.layer.ink > 0.95


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_text_written_sideways_on_a_turned_page_stands_upright(tmp_path, settings, turn):
    maker = Maker()
    page = maker.page()
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turn]
    moved = {90: (595, 0), 180: (595, 842), 270: (0, 842)}[turn]
    maker.write(page, f"q {cosine} {sine} {-sine} {cosine} {moved[0]} {moved[1]} cm")
    maker.unicode_lines(page, PAGE_TEXT[:20], top=500)
    maker.write(page, "Q")
    page.Rotate = turn
    shown = opened(maker, tmp_path, settings)
    assert shown.layer.turned == 0
    assert shown.layer.text.splitlines() == PAGE_TEXT[:20]
    assert shown.layer.words[0].box[0] < shown.layer.words[3].box[0]
    assert shown.layer.ink > 0.95


def test_boxes_follow_a_crop_box(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    maker.unicode_lines(page, PAGE_TEXT)
    page.CropBox = Array([30, 100, 595, 842])
    assert opened(maker, tmp_path, settings).layer.ink > 0.95


def test_legacy_fonts_are_converted_run_by_run(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    legacy_lines = [("ABCDEF+.VnTime", coded(line, "tcvn3")) for line in PAGE_TEXT[:12]]
    legacy_lines.append(("ABCDEF+.VnTimeH", coded("cộng hòa xã hội chủ nghĩa việt nam", "tcvn3")))
    legacy_lines.append(("VNI-Times", coded("độc lập tự do hạnh phúc", "vni")))
    maker.legacy_lines(page, legacy_lines)
    maker.unicode_lines(page, PAGE_TEXT[:3], top=300)
    shown = opened(maker, tmp_path, settings)
    assert shown.layer.text.splitlines() == [
        *PAGE_TEXT[:12],
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "độc lập tự do hạnh phúc",
        *PAGE_TEXT[:3],
    ]
    (note,) = shown.findings
    assert (note.code, note.values["rule"]) == ("page.legacy_font", "tcvn3, vni")


def test_legacy_codes_behind_a_unicode_map_are_converted_too(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    lines = [coded(line, "tcvn3") for line in PAGE_TEXT]
    key, codes_of = maker.unicode_font(page, "".join(lines).replace(" ", ""), "ABCDEF+.VnTime")
    maker.unicode_lines(page, lines, font=(key, codes_of))
    assert opened(maker, tmp_path, settings).layer.text.splitlines() == PAGE_TEXT


def test_legacy_text_in_a_font_without_a_telling_name_is_not_believed(tmp_path, settings):
    maker = Maker()
    maker.legacy_lines(maker.page(), [("Times", coded(line, "tcvn3")) for line in PAGE_TEXT])
    page = opened(maker, tmp_path, settings)
    assert page.layer is None
    assert codes(page.findings) == ["page.layer_garbage"]


@pytest.fixture
def over_scan(tmp_path, settings):
    """Function: a page that is a scan of PAGE_TEXT with the given lines as its text layer, opened."""

    def build(lines, hidden):
        visible = Maker()
        visible.unicode_lines(visible.page(), PAGE_TEXT)
        maker = Maker()
        page = maker.page()
        if not hidden:
            maker.unicode_lines(page, lines)
        maker.scan(page, opened(visible, tmp_path, settings).image)
        if hidden:
            maker.unicode_lines(page, lines, hidden=True)
        return opened(maker, tmp_path, settings)

    return build


@pytest.mark.parametrize("hidden", [True, False])
def test_text_hidden_over_or_painted_under_a_scan_must_pass_a_strict_test(over_scan, hidden):
    good = over_scan(PAGE_TEXT, hidden)
    assert good.layer.text.splitlines() == PAGE_TEXT
    assert abs(good.image.height - 3509) <= 1
    garbled = over_scan(["can cir luat tổ chức chính quyền địa phucmg các xã đã có"] * 30, hidden)
    assert (garbled.layer, codes(garbled.findings)) == (None, ["page.layer_garbage"])
    scarce = over_scan(PAGE_TEXT[:5], hidden)
    assert (scarce.layer, codes(scarce.findings)) == (None, ["page.layer_partial"])


def test_a_typed_signature_block_does_not_stand_for_a_scan(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    maker.scan(page, scanned((2480, 3508)))
    maker.unicode_lines(page, ["người ký ủy ban nhân dân xã", "thời gian ký các ngày trong tháng tư"] * 2)
    shown = opened(maker, tmp_path, settings)
    assert (shown.layer, codes(shown.findings)) == (None, ["page.layer_partial"])


def test_what_annotations_show_becomes_part_of_picture_and_text(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    maker.unicode_lines(page, ["số qua", *PAGE_TEXT])
    key, letters = maker.unicode_font(page, "286")
    shown = bytes(letters[char] for char in "286").hex()
    form = maker.pdf.make_stream(
        f"BT {key} 13 Tf 1 2 Td <{shown}> Tj ET".encode(), Type=Name.XObject, Subtype=Name.Form,
        BBox=Array([0, 0, 40, 20]), Resources=Dictionary(Font=page.Resources.Font),
    )  # fmt: skip
    stamp = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, F=4, Rect=Array([120, 778, 160, 798]), AP=Dictionary(N=form)
    )
    page.Annots = maker.pdf.make_indirect(Array([maker.pdf.make_indirect(stamp)]))
    result = opened(maker, tmp_path, settings)
    assert result.layer.text.splitlines()[0] == "số qua 286"
    assert result.layer.ink > 0.95


def test_a_scan_in_strips_is_rendered_at_its_resolution(tmp_path, settings):
    maker = Maker()
    page = maker.page()
    for strip in range(4):
        maker.scan(page, scanned((1654, 585)), (0, strip * 210.5, 595, 210.5))
    shown = opened(maker, tmp_path, settings)
    assert (shown.dpi, shown.layer, shown.findings) == (200, None, ())


def test_a_page_without_anything_is_blank_not_an_error(tmp_path, settings):
    maker = Maker()
    maker.page()
    page = opened(maker, tmp_path, settings)
    assert (page.layer, page.findings, page.image.getextrema()) == (None, (), (255, 255))


# --------------------------------------------------------------------------- documents


def test_a_password_is_a_refusal_but_a_restriction_is_not(tmp_path, settings):
    maker = Maker()
    maker.page()
    maker.pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="chủ", user="bí mật"))
    with pytest.raises(SourceRefused, match=r"refused\.encrypted"):
        inspect(tmp_path / "locked.pdf", settings)
    maker.pdf.save(tmp_path / "open.pdf", encryption=pikepdf.Encryption(owner="chủ", user=""))
    info = inspect(tmp_path / "open.pdf", settings)
    assert (info.pages, codes(info.findings)) == (1, ["file.restricted"])
    assert open_page(tmp_path / "open.pdf", PDF, 0, settings).image.width > 2000


def test_a_pdf_cut_short_is_refused_or_reported(tmp_path, settings):
    maker = Maker()
    for _ in range(4):
        maker.scan(maker.page(), scanned())
    path = maker.save(tmp_path / "a.pdf")
    whole = path.read_bytes()
    for tenth in range(1, 10):
        path.write_bytes(whole[: len(whole) * tenth // 10])
        try:
            info = inspect(path, settings)
        except SourceRefused as refused:
            assert refused.code in ("refused.broken", "refused.no_pages")
        else:
            assert {"file.damaged", "file.incomplete"} & set(codes(info.findings))


def test_scripts_and_attachments_are_reported(tmp_path, settings):
    maker = Maker()
    maker.page()
    maker.pdf.attachments["phu-luc.txt"] = b"x"
    action = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    maker.pdf.Root.Names.JavaScript = Dictionary(Names=Array(["a", action]))
    info = inspect(maker.save(tmp_path / "a.pdf"), settings)
    assert codes(info.findings) == ["file.script", "file.attachments"]


def test_a_file_without_pages(tmp_path, settings):
    maker = Maker()
    with pytest.raises(SourceRefused, match=r"refused\.(no_pages|broken)"):
        inspect(maker.save(tmp_path / "a.pdf"), settings)


def test_a_file_is_not_called_locked_because_the_one_before_was(tmp_path, settings):
    Maker().pdf.save(tmp_path / "broken.pdf")
    locked = Maker()
    locked.page()
    locked.pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="chu", user="khach"))
    with pytest.raises(SourceRefused, match=r"refused\.encrypted"):
        inspect(tmp_path / "locked.pdf", settings)
    with pytest.raises(SourceRefused, match=r"refused\.(no_pages|broken)"):
        inspect(tmp_path / "broken.pdf", settings)


def test_a_page_that_is_not_there(tmp_path, settings):
    maker = Maker()
    maker.page()
    with pytest.raises(EngineError, match=r"page\.unreadable"):
        opened(maker, tmp_path, settings, index=5)
