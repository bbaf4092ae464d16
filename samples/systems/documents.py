"""An invented document system (QLVBĐH) of a commune and its district, with the dirt real ones have; seeded.

python -m samples.systems.generate OUT makes every form of it. `truth` says what a take-over must find.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from samples import texts
from samples.systems import papers
from samples.systems.model import Made, MadeTable

CLOSED = date(2025, 6, 30)
UNITS = {
    1: ("H99.21", "UBND huyện Lam Khê", None),
    2: ("000.11.21.H99", "UBND xã Hòa Lĩnh", 1),
    3: ("000.12.21.H99", "UBND xã Cẩm Ngạn", 1),
}
INCOMING, OUTGOING, INTERNAL, DRAFT = 1, 2, 3, 0

SCHEMA = {
    "don_vi": {"id": "integer", "ma_dinh_danh": "text", "ten": "text", "cap_tren_id": "integer"},
    "nguoi_dung": {"id": "integer", "ten_dang_nhap": "text", "ho_ten": "text", "chuc_vu": "text", "phong_ban": "text", "don_vi_id": "integer"},
    "so_van_ban": {"id": "integer", "ten": "text", "nam": "integer", "loai": "integer", "don_vi_id": "integer"},
    "loai_van_ban": {"id": "integer", "ma": "text", "ten": "text"},
    "ho_so_cong_viec": {"id": "integer", "ma": "text", "tieu_de": "text", "nguoi_lap_id": "integer", "nam": "integer"},
    "van_ban": {
        "id": "integer", "huong": "integer", "so_van_ban_id": "integer", "so_den": "text", "ngay_den": "timestamp", "so_ky_hieu": "text",
        "ngay_ban_hanh": "date", "loai_id": "integer", "co_quan_ban_hanh": "text", "trich_yeu": "text", "nguoi_ky": "text",
        "chuc_vu_ky": "text", "noi_nhan": "text", "do_mat": "text", "do_khan": "text", "han_xu_ly": "date", "trang_thai": "text",
        "so_ban": "integer", "don_vi_id": "integer", "ma_lien_thong": "text", "ho_so_id": "integer", "tra_loi_id": "integer", "ghi_chu": "text",
    },
    "xu_ly": {
        "id": "integer", "van_ban_id": "integer", "buoc": "integer", "nguoi_gui_id": "integer", "nguoi_nhan_id": "integer", "vai_tro": "text",
        "hanh_dong": "text", "y_kien": "text", "ngay_gui": "timestamp", "ngay_xem": "timestamp", "ngay_xong": "timestamp", "han": "date",
        "trang_thai": "text",
    },
    "tep_dinh_kem": {"id": "integer", "van_ban_id": "integer", "ten_tep": "text", "duong_dan": "text", "noi_dung": "blob", "kich_thuoc": "integer", "phien_ban": "integer", "loai": "text"},
    "lien_thong": {"id": "integer", "van_ban_id": "integer", "ma_trang_thai": "text", "mo_ta": "text", "thoi_gian": "timestamp", "co_quan": "text", "ma_co_quan": "text"},
}  # fmt: skip
FOREIGN = {
    "nguoi_dung": {"don_vi_id": ("don_vi", "id")},
    "so_van_ban": {"don_vi_id": ("don_vi", "id")},
    "van_ban": {"so_van_ban_id": ("so_van_ban", "id"), "loai_id": ("loai_van_ban", "id"), "don_vi_id": ("don_vi", "id"), "ho_so_id": ("ho_so_cong_viec", "id"), "tra_loi_id": ("van_ban", "id")},
    "xu_ly": {"van_ban_id": ("van_ban", "id"), "nguoi_gui_id": ("nguoi_dung", "id"), "nguoi_nhan_id": ("nguoi_dung", "id")},
    "tep_dinh_kem": {"van_ban_id": ("van_ban", "id")},
    "lien_thong": {"van_ban_id": ("van_ban", "id")},
}  # fmt: skip


@dataclass
class Truth:
    """What a take-over must come to. `missing` and `broken` attachments are planted, `orphans` are rows of no document."""

    documents: int = 0
    by_direction: Counter = field(default_factory=Counter)
    unfinished: int = 0
    secret: int = 0
    attachments: int = 0
    missing: int = 0
    contents: int = 0
    orphans: int = 0
    repeated_numbers: int = 0


def document_system(seed: int = 1, documents: int = 3000, blobs: bool = True) -> tuple[Made, Truth]:
    """`blobs`: some attachments are bytes in the database, the others lie beside it."""
    return _System(random.Random(seed), documents, blobs).made()


class _System:
    def __init__(self, source: random.Random, documents: int, blobs: bool) -> None:
        self.source, self.count, self.blobs = source, documents, blobs
        self.words = texts.words("systems")
        self.rows: dict[str, list[tuple]] = {name: [] for name in SCHEMA}
        self.files: dict[str, bytes] = {}
        self.truth = Truth(documents=documents)
        self.papers = papers.papers(source)
        self.used: set[int] = set()

    def made(self) -> tuple[Made, Truth]:
        self._people()
        self._registers()
        numbers: Counter = Counter()
        for number in range(1, self.count + 1):
            self._document(number, numbers)
        self._orphans()
        self.truth.contents = len(self.used)
        tables = {
            name: MadeTable(columns, self.rows[name], ("id",), FOREIGN.get(name, {}))
            for name, columns in SCHEMA.items()
        }
        return Made(tables, self.files), self.truth

    def _add(self, table: str, *values: object) -> int:
        number = len(self.rows[table]) + 1
        self.rows[table].append((number, *values))
        return number

    # ----------------------------------------------------------------- masters

    def _people(self) -> None:
        for code, name, parent in UNITS.values():
            self._add("don_vi", code, name, parent)
        self.staff: dict[int, list[int]] = {}
        for unit in UNITS:
            posts = ["Chủ tịch", "Phó Chủ tịch", "Văn thư", *("Công chức" for _ in self.words["departments"])]
            for place, post in enumerate(posts):
                name = texts.person(self.source)
                department = self.words["departments"][place - 3] if place > 2 else ""
                user = self._add("nguoi_dung", f"nd{unit}{place:02d}", name, post, department, unit)
                self.staff.setdefault(unit, []).append(user)

    def _registers(self) -> None:
        self.registers: dict[tuple[int, int, int], int] = {}
        for unit in UNITS:
            for year in (2023, 2024, 2025):
                for direction, name in ((INCOMING, "Sổ công văn đến"), (OUTGOING, "Sổ văn bản đi")):
                    self.registers[unit, year, direction] = self._add(
                        "so_van_ban", name, year, direction, unit
                    )
        self.types = {
            row["code"]: self._add("loai_van_ban", row["code"], row["name"]) for row in self.words["types"]
        }
        for number in range(1, 31):
            title = texts.Writer(self.source, self.source.choice(texts.topics()), CLOSED).subject()
            self._add(
                "ho_so_cong_viec",
                f"HSCV-{number:03d}",
                title,
                self.source.choice(self.staff[2]),
                2023 + number % 3,
            )

    # ----------------------------------------------------------------- documents

    def _document(self, number: int, numbers: Counter) -> None:
        source, words = self.source, self.words
        unit = source.choices((1, 2, 3), (2, 5, 3))[0]
        direction = source.choices((INCOMING, OUTGOING, INTERNAL, DRAFT), (55, 38, 5, 2))[0]
        day = date(2023, 1, 3) + timedelta(days=source.randrange((CLOSED - date(2023, 1, 3)).days))
        kind = source.choice(words["types"])
        register = self.registers.get((unit, day.year, direction))
        numbers[register or direction] += 1
        arrival = self._arrival(register, numbers) if direction in (INCOMING, OUTGOING) else None
        secret = source.random() < 0.004
        unfinished = direction != DRAFT and (CLOSED - day).days < 40 and source.random() < 0.3
        outside = direction == INCOMING
        issuer = source.choice(words["senders"]) if outside else UNITS[unit][1]
        code = (
            f"{source.randrange(1, 900)}/{kind['notation']}"
            if outside
            else f"{arrival or number}/{kind['notation']}"
        )
        topic = texts.Writer(source, source.choice(texts.topics()), day)
        row = self._add(
            "van_ban", direction, register, arrival, _at(source, day) if direction == INCOMING else None, None if direction == DRAFT else code,
            None if direction == DRAFT else day - timedelta(days=source.randrange(5) if outside else 0), self.types[kind["code"]], issuer, topic.subject(),
            texts.person(source), source.choice(("Chủ tịch", "Phó Chủ tịch", "Trưởng phòng")), "Như trên; Lưu: VT", source.choice(("Mật", "Mật", "Tối mật")) if secret else source.choice(("Thường", "", "0")),
            source.choices(("Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc"), (90, 7, 2, 1))[0], day + timedelta(days=10) if source.random() < 0.5 else None,
            "Đang xử lý" if unfinished else "Dự thảo" if direction == DRAFT else "Hoàn thành", source.randrange(1, 20), unit,
            f"{UNITS[1][0]},{day:%Y/%m/%d},{code}" if outside and source.random() < 0.4 else None, source.randrange(1, 31) if source.random() < 0.3 else None,
            source.randrange(1, number) if number > 50 and direction == OUTGOING and source.random() < 0.2 else None, "" if source.random() < 0.9 else "nhập bù",
        )  # fmt: skip
        self.truth.by_direction[direction] += 1
        self.truth.secret += secret
        self.truth.unfinished += unfinished or direction == DRAFT
        self._flow(row, unit, day, unfinished)
        self._attach(row, secret)
        if outside and source.random() < 0.3:
            for code_, text in (("01", "Đã đến"), ("03", "Đã tiếp nhận"), ("06", "Đã hoàn thành"))[
                : 2 if unfinished else 3
            ]:
                self._add("lien_thong", row, code_, text, _at(source, day), UNITS[unit][1], UNITS[unit][0])

    def _arrival(self, register: int | None, numbers: Counter) -> str:
        """Numbers in order; now and then one is written twice, or squeezed in as "12a"."""
        chance = self.source.random()
        if chance < 0.004 and numbers[register] > 1:
            numbers[register] -= 1
            self.truth.repeated_numbers += 1
            return str(numbers[register])
        if chance < 0.01 and numbers[register] > 1:
            numbers[register] -= 1
            return f"{numbers[register]}a"
        return str(numbers[register])

    def _flow(self, document: int, unit: int, day: date, unfinished: bool) -> None:
        source, words, staff = self.source, self.words, self.staff[unit]
        clerk, head, doers = staff[2], staff[0], source.sample(staff[3:], 3)
        begun = _at(source, day)
        deadline = day + timedelta(days=source.choice((3, 5, 10))) if source.random() < 0.6 else None
        done = begun + timedelta(hours=source.randrange(2, 300))
        late = min(done, datetime(2025, 6, 30, 16)) if not unfinished else None
        steps = [
            (clerk, head, "Xử lý chính", "Trình", "", begun, begun + timedelta(hours=1), begun + timedelta(hours=2), None, "Đã xử lý"),
            (head, doers[0], "Chủ trì", "Chuyển", source.choice(words["opinions_leader"]), begun + timedelta(hours=2), begun + timedelta(hours=5), late, deadline, "Đang xử lý" if unfinished else "Đã xử lý"),
        ]  # fmt: skip
        for doer in doers[1 : 1 + source.randrange(3)]:
            role = source.choice(("Phối hợp", "Để biết", "XLC"))
            steps.append(
                (
                    head,
                    doer,
                    role,
                    "Chuyển",
                    "",
                    begun + timedelta(hours=2),
                    None if unfinished else begun + timedelta(hours=9),
                    late,
                    None,
                    "Chưa xem" if unfinished else "Đã xem",
                )
            )
        if not unfinished:
            steps.append(
                (
                    doers[0],
                    clerk,
                    "Để biết",
                    "Kết thúc",
                    source.choice(words["opinions_staff"]),
                    late,
                    late,
                    late,
                    None,
                    "Đã xử lý",
                )
            )
        for place, step in enumerate(steps, 1):
            self._add("xu_ly", document, place, *step)

    def _attach(self, document: int, secret: bool) -> None:
        """The last of the papers belongs to secret documents only."""
        source = self.source
        for version in range(1 if secret else source.choices((0, 1, 2, 3), (10, 65, 18, 7))[0]):
            choice = (
                len(self.papers) - 1 if secret else min(int(source.expovariate(1 / 6)), len(self.papers) - 2)
            )
            name, content = self.papers[choice]
            self.truth.attachments += 1
            role = "Chính" if version == 0 else source.choice(("Phụ lục", "Dự thảo"))
            if not secret and source.random() < 0.01:
                self.truth.missing += 1
                self._add(
                    "tep_dinh_kem",
                    document,
                    name,
                    f"D:\\QLVB\\Tam\\{name}",
                    None,
                    len(content),
                    1,
                    role,
                )
                continue
            self.used.add(choice)
            if self.blobs and len(content) < 60_000 and source.random() < 0.2:
                self._add("tep_dinh_kem", document, name, None, content, len(content), 1, role)
                continue
            folder = (
                document if source.random() < 0.05 else f"chung/{choice}"
            )  # most systems keep one file for many
            path = f"Upload/{2023 + document % 3}/{folder}/{name}"
            self.files[path] = content
            stated = path if source.random() < 0.5 else "D:\\QLVB\\" + path.replace("/", "\\")
            self._add("tep_dinh_kem", document, name, stated, None, len(content), 1, role)

    def _orphans(self) -> None:
        """Steps and attachments of documents that were deleted in the old system."""
        for place in range(5):
            self._add(
                "xu_ly",
                self.count + 1000 + place,
                1,
                1,
                2,
                "Chủ trì",
                "Chuyển",
                "",
                datetime(2023, 2, 3, 8),
                None,
                None,
                None,
                "Đã xem",
            )
        self.truth.orphans = 5


def _at(source: random.Random, day: date) -> datetime:
    return datetime(
        day.year, day.month, day.day, source.randrange(7, 17), source.randrange(60), source.randrange(60)
    )
