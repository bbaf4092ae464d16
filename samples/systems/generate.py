"""One worked example of every form of snapshot: python -m samples.systems.generate OUT [--documents N] [--dossiers N]

OUT/qlvb-siard      a document system as SIARD, its files beside          kho ingest snapshot … --mapping qlvb
OUT/qlvb-mysql      the same as a MySQL dump;  OUT/qlvb-sqlserver  as a script of SQL Server
OUT/motcua-sql      a one-stop system as a PostgreSQL dump                --mapping tthc
OUT/motcua-json     the same as JSON, steps and papers nested
OUT/so-van-ban      its registers as workbooks, with the dirt of real ones
OUT/lien-thong      messages of the exchange axis (edXML)
Each folder has ban-giao.toml and phong.toml. The same arguments give the same rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ingest.snapshots import mapping
from samples.systems import as_edxml, as_json, as_register, as_siard, as_sql, views
from samples.systems.documents import document_system
from samples.systems.model import Made
from samples.systems.onestop import one_stop_system

PROFILES = Path(mapping.__file__).parent / "profiles"
UNITS = """
[units."H99.21"]
fonds = "H99.21.18"
title = "Phông Ủy ban nhân dân huyện Lam Khê (hệ thống văn bản)"
unit = "lam-khe"
name = "Huyện Lam Khê"
level = "district"

[units."000.11.21.H99"]
fonds = "H99.21.20"

[units."000.12.21.H99"]
fonds = "H99.21.21"
title = "Phông Ủy ban nhân dân xã Cẩm Ngạn"
unit = "cam-ngan"
name = "Xã Cẩm Ngạn"
level = "commune"
"""
FONDS = 'ma = "H99.21.20"\nten = "Phông Ủy ban nhân dân xã Hòa Lĩnh"\ndon_vi_ma = "hoa-linh"\ndon_vi_ten = "Xã Hòa Lĩnh"\ndon_vi_cap = "xã"\n'


def generate(out: Path, documents: int = 3000, dossiers: int = 800) -> dict[str, dict]:
    """Write every form; returns what a take-over of each must come to."""
    system, truth = document_system(documents=documents)
    procedures, told = one_stop_system(dossiers=dossiers)
    _document_forms(out, system)
    _procedure_forms(out, procedures)
    as_register.write(
        views.registers(system), _folder(out, "so-van-ban", "Sổ văn bản xã Hòa Lĩnh", "sổ Excel"), views.DIRT
    )
    as_edxml.write(views.messages(system), _folder(out, "lien-thong", "Trục liên thông", "tệp edXML"))
    return {"documents": vars(truth), "procedures": vars(told)}


def demo(out: Path, documents: int, dossiers: int) -> None:
    """What `make demo` takes over: a document and a one-stop system, and beside each its mapping with the owning units."""
    as_siard.write(
        document_system(documents=documents)[0],
        _folder(out, "qlvb-siard", "QLVBĐH huyện Lam Khê", "SIARD 2.2") / "qlvb.siard",
    )
    procedures = one_stop_system(dossiers=dossiers)[0]
    as_sql.write(
        procedures, _folder(out, "motcua-sql", "Một cửa xã Hòa Lĩnh", "pg_dump") / "motcua.sql", "postgresql"
    )
    for name, profile in (("qlvb-siard", "qlvb"), ("motcua-sql", "tthc")):
        said = (PROFILES / f"{profile}.toml").read_text(encoding="utf-8")
        (out / f"{name}.toml").write_text(said + UNITS, encoding="utf-8")


def _document_forms(out: Path, system: Made) -> None:
    as_siard.write(system, _folder(out, "qlvb-siard", "QLVBĐH huyện Lam Khê", "SIARD 2.2") / "qlvb.siard")
    for dialect, method in (("mysql", "mysqldump"), ("sqlserver", "Generate Scripts")):
        folder = _folder(out, f"qlvb-{dialect}", "QLVBĐH huyện Lam Khê", method)
        as_sql.write(system, folder / "qlvb.sql", dialect)


def _procedure_forms(out: Path, procedures: Made) -> None:
    as_sql.write(
        procedures, _folder(out, "motcua-sql", "Một cửa xã Hòa Lĩnh", "pg_dump") / "motcua.sql", "postgresql"
    )
    nested = {name: "ho_so_id" for name in ("tien_trinh", "thanh_phan", "tep_ket_qua", "bo_sung")}
    as_json.write(procedures, _folder(out, "motcua-json", "Một cửa xã Hòa Lĩnh", "API"), nested=nested)


def _folder(out: Path, name: str, title: str, method: str) -> Path:
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "phong.toml").write_text(FONDS, encoding="utf-8")
    said = {"he_thong": name, "ten": title, "ngay_chup": "30/06/2025", "ngay_dong": "01/07/2025", "cach_lay": method,
            "quyet_dinh": "Kế hoạch 99/KH-UBND (giả định)"}  # fmt: skip
    (folder / "ban-giao.toml").write_text(
        "".join(f'{key} = "{value}"\n' for key, value in said.items()), encoding="utf-8"
    )
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m samples.systems.generate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--dossiers", type=int, default=800)
    chosen = parser.parse_args()
    for name, truth in generate(chosen.out, chosen.documents, chosen.dossiers).items():
        print(name, truth)


if __name__ == "__main__":
    main()
