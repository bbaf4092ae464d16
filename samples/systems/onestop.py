"""An invented one-stop system (một cửa, TTHC) of a commune: procedure dossiers with papers, steps and results; seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from samples import texts
from samples.systems import papers
from samples.systems.documents import CLOSED
from samples.systems.model import Made, MadeTable

UNIT = "000.11.21.H99"
SCHEMA = {
    "thu_tuc": {"ma_tthc": "text", "ten": "text", "linh_vuc": "text", "so_ngay": "integer", "le_phi": "text"},
    "ho_so": {
        "id": "integer", "ma_ho_so": "text", "ma_tthc": "text", "nguoi_nop": "text", "so_giay_to": "text", "dien_thoai": "text",
        "dia_chi": "text", "ngay_tiep_nhan": "timestamp", "ngay_hen_tra": "date", "ngay_ket_thuc": "timestamp", "ngay_tra": "timestamp",
        "trang_thai": "text", "ket_qua": "text", "le_phi": "text", "da_thu": "text", "don_vi": "text",
    },
    "tien_trinh": {
        "id": "integer", "ho_so_id": "integer", "thu_tu": "integer", "nguoi_xu_ly": "text", "chuc_danh": "text", "phong_ban": "text",
        "hanh_dong": "text", "noi_dung": "text", "bat_dau": "timestamp", "ket_thuc": "timestamp", "han": "date", "trang_thai": "text",
    },
    "thanh_phan": {"id": "integer", "ho_so_id": "integer", "ten": "text", "so_ban": "integer", "loai": "text", "duong_dan": "text"},
    "tep_ket_qua": {"id": "integer", "ho_so_id": "integer", "ten_tep": "text", "duong_dan": "text"},
    "bo_sung": {"id": "integer", "ho_so_id": "integer", "ngay": "date", "noi_dung": "text"},
}  # fmt: skip
KEYS = {"thu_tuc": ("ma_tthc",)}
FOREIGN = {"ho_so": {"ma_tthc": ("thu_tuc", "ma_tthc")}} | {
    name: {"ho_so_id": ("ho_so", "id")} for name in ("tien_trinh", "thanh_phan", "tep_ket_qua", "bo_sung")
}


@dataclass
class Truth:
    dossiers: int = 0
    unfinished: int = 0
    late: int = 0
    supplemented: int = 0
    papers: int = 0


def one_stop_system(seed: int = 2, dossiers: int = 800) -> tuple[Made, Truth]:
    return _System(random.Random(seed), dossiers).made()


class _System:
    def __init__(self, source: random.Random, dossiers: int) -> None:
        self.source, self.count = source, dossiers
        self.procedures = texts.words("systems")["procedures"]
        self.rows: dict[str, list[tuple]] = {name: [] for name in SCHEMA}
        self.files: dict[str, bytes] = {}
        self.truth = Truth(dossiers)
        self.papers = papers.papers(source, printed=6)

    def made(self) -> tuple[Made, Truth]:
        for row in self.procedures:
            self.rows["thu_tuc"].append((row["code"], row["name"], row["field"], row["days"], row["fee"]))
        officers = [
            (texts.person(self.source), post)
            for post in ("Công chức một cửa", "Công chức tư pháp", "Chủ tịch")
        ]
        for number in range(1, self.count + 1):
            self._dossier(number, officers)
        tables = {
            name: MadeTable(columns, self.rows[name], KEYS.get(name, ("id",)), FOREIGN.get(name, {}))
            for name, columns in SCHEMA.items()
        }
        return Made(tables, self.files), self.truth

    def _add(self, table: str, *values: object) -> int:
        self.rows[table].append((len(self.rows[table]) + 1, *values))
        return len(self.rows[table])

    def _dossier(self, number: int, officers: list[tuple[str, str]]) -> None:
        source, procedure = self.source, self.source.choice(self.procedures)
        day = date(2024, 1, 2) + timedelta(days=source.randrange(545))
        begun = datetime(day.year, day.month, day.day, source.randrange(7, 16), source.randrange(60))
        due = day + timedelta(days=procedure["days"] + 1)
        unfinished = due > CLOSED or source.random() < 0.01
        late = not unfinished and source.random() < 0.06
        ended = (
            None if unfinished else begun + timedelta(days=procedure["days"] + (5 if late else 0), hours=2)
        )
        asked = source.random() < 0.08
        status = (
            "Đang xử lý"
            if unfinished
            else source.choices(("Đã trả kết quả", "Từ chối", "Đã rút"), (94, 4, 2))[0]
        )
        code = f"{UNIT}-{day:%y%m%d}-{number:04d}"
        row = self._add(
            "ho_so", code, procedure["code"], texts.person(source), _identity(source), f"09{source.randrange(10**7, 10**8)}",
            f"Thôn {source.choice(texts.words('units')['hamlets'])}, xã Hòa Lĩnh", begun, due, ended, ended, status,
            "" if unfinished else "Đồng ý" if status == "Đã trả kết quả" else status, procedure["fee"], procedure["fee"] if source.random() < 0.97 else "0", UNIT,
        )  # fmt: skip
        self.truth.unfinished += unfinished
        self.truth.late += late
        self.truth.supplemented += asked
        steps = [
            ("Tiếp nhận", "", begun, begun),
            ("Chuyển xử lý", "", begun, ended),
            ("Phê duyệt", "Đồng ý cấp", ended, ended),
        ]
        for place, ((name, post), (action, said, start, end)) in enumerate(
            zip(officers, steps, strict=True), 1
        ):
            if start:
                self._add(
                    "tien_trinh",
                    row,
                    place,
                    name,
                    post,
                    "Bộ phận một cửa",
                    action,
                    said,
                    start,
                    end,
                    due if place == 2 else None,
                    "Đã xong" if end else "Đang xử lý",
                )
        for place, paper in enumerate(procedure["papers"]):
            name, content = self.papers[place % 4]
            path = f"hoso/{day.year}/{place % 4}/{name}"
            if source.random() < 0.6:
                self.files[path] = content
                self.truth.papers += 1
            self._add(
                "thanh_phan",
                row,
                paper,
                1,
                source.choice(("Bản chính", "Bản sao")),
                path if path in self.files and source.random() < 0.9 else None,
            )
        if asked:
            self._add(
                "bo_sung", row, day + timedelta(days=1), "Bổ sung bản sao giấy tờ chứng minh nơi cư trú"
            )


def _identity(source: random.Random) -> str:
    """Twelve digits in the shape of an identity number, of a province code that is not in use."""
    return f"099{source.randrange(10**8, 10**9)}"
