"""Small PDFs made for tests: text in named fonts, scans, hidden text, annotations."""

import zlib
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from ingest.files import legacy

A4 = (595, 842)
BODY = [
    "căn cứ luật tổ chức chính quyền địa phương",
    "xét đề nghị của văn phòng về việc phân công nhiệm vụ",
    "các đơn vị có trách nhiệm thực hiện kế hoạch này",
    "thư gửi các xã và phường như đã nêu trên",
    "như vậy việc giao nộp hồ sơ được hoàn thành trước tháng tư",
]


def coded(text: str, rule: str) -> str:
    """Vietnamese text as the Latin-1 characters of a legacy font."""
    letters = legacy.rules()[rule].letters
    codes = {letter: code for code, letter in sorted(letters.items(), key=lambda pair: pair[0].isupper())}
    codes |= {letter: code for code, letter in letters.items() if letter.islower()}
    return "".join(codes.get(char, char) for char in text)


class Maker:
    """One PDF under construction: add pages, then save."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()

    def page(self, size: tuple[float, float] = A4) -> pikepdf.Page:
        self.pdf.add_blank_page(page_size=size)
        page = self.pdf.pages[-1]
        page.Resources = Dictionary(Font=Dictionary(), XObject=Dictionary())
        page.Contents = self.pdf.make_stream(b"")
        return page

    def write(self, page: pikepdf.Page, content: str) -> None:
        page.Contents = self.pdf.make_stream(page.Contents.read_bytes() + content.encode() + b"\n")

    def simple_font(self, page: pikepdf.Page, name: str) -> str:
        """A font of one byte a character in WinAnsi encoding, as old word processors wrote."""
        key = f"/F{len(page.Resources.Font.keys())}"
        widths = Array([500] * 256)
        font = Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/" + name), Encoding=Name.WinAnsiEncoding,
            FirstChar=0, LastChar=255, Widths=widths,
        )  # fmt: skip
        page.Resources.Font[key] = self.pdf.make_indirect(font)
        return key

    def unicode_font(self, page: pikepdf.Page, text: str, name: str = "Times") -> tuple[str, dict[str, int]]:
        """A font of one byte a character with a ToUnicode map for the letters of `text`."""
        key = self.simple_font(page, name)
        codes = {char: code for code, char in enumerate(sorted(set(text)), 33)}
        rows = "\n".join(f"<{code:02x}> <{char.encode('utf-16-be').hex()}>" for char, code in codes.items())
        cmap = f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange {len(codes)} beginbfchar\n{rows}\nendbfchar endcmap"
        page.Resources.Font[key].ToUnicode = self.pdf.make_stream(cmap.encode())
        return key, codes

    def legacy_lines(self, page: pikepdf.Page, lines: list[tuple[str, str]], top: float = 780) -> None:
        """Lines of (font name, Latin-1 text)."""
        keys = {font: self.simple_font(page, font) for font in dict.fromkeys(font for font, _ in lines)}
        for number, (font, line) in enumerate(lines):
            shown = line.encode("latin-1").hex()
            self.write(page, f"BT {keys[font]} 13 Tf 60 {top - 20 * number} Td <{shown}> Tj ET")

    def unicode_lines(
        self, page: pikepdf.Page, lines: list[str], *, top: float = 780, hidden: bool = False, font=None
    ) -> None:
        key, codes = font or self.unicode_font(page, "".join(lines).replace(" ", ""))
        mode = 3 if hidden else 0
        for number, line in enumerate(lines):
            x = 60
            for word in line.split():
                shown = bytes(codes[char] for char in word).hex()
                self.write(page, f"BT {mode} Tr {key} 13 Tf {x} {top - 20 * number} Td <{shown}> Tj ET")
                x += 6.5 * (len(word) + 1)

    def scan(
        self, page: pikepdf.Page, image: Image.Image, area: tuple[float, float, float, float] | None = None
    ) -> None:
        """Draw an image (mode "1", "L" or "RGB") over the page or the area (left, bottom, width, height)."""
        space = {"1": Name.DeviceGray, "L": Name.DeviceGray, "RGB": Name.DeviceRGB}[image.mode]
        name = f"/Im{len(page.Resources.XObject.keys())}"
        stream = self.pdf.make_stream(
            zlib.compress(image.tobytes(), 1), Type=Name.XObject, Subtype=Name.Image, Width=image.width,
            Height=image.height, ColorSpace=space, BitsPerComponent=1 if image.mode == "1" else 8, Filter=Name.FlateDecode,
        )  # fmt: skip
        page.Resources.XObject[name] = stream
        left, bottom, width, height = area or (0, 0, *page.MediaBox[2:])
        self.write(page, f"q {width} 0 0 {height} {left} {bottom} cm {name} Do Q")

    def save(self, path: Path) -> Path:
        self.pdf.save(path)
        return path


def scanned(size: tuple[int, int] = (1240, 1754), mode: str = "L") -> Image.Image:
    """A picture with dark bars where a page has lines of text."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for row in range(8):
        top = size[1] // 10 + row * size[1] // 12
        draw.rectangle((size[0] // 8, top, size[0] * 7 // 8, top + size[1] // 60), fill=0)
    return image.convert(mode)
