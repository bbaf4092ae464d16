"""Files made or found to break readers end as refused with a reason or taken with findings: bounded, no crash."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archive.messages import catalogue
from tests.formats.hostile import make_all

ROOT = Path(__file__).parents[2]
SECONDS = 10
MEBIBYTES = 1024


def look_at(paths: list[Path]) -> dict[Path, dict]:
    """Outcome by path. All files go through one process under limits; its death names the guilty file."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.formats.look", str(SECONDS), str(MEBIBYTES)],
        input="".join(f"{path}\n" for path in paths),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    last = rows[-1].get("start") if rows else "nothing"
    assert run.returncode == 0, f"died with {run.returncode} on {last}: {run.stderr[-500:]}"
    return {Path(row["path"]): row for row in rows if "path" in row}


def assert_bounded(rows: dict[Path, dict]) -> None:
    known = set(catalogue("vi"))
    for path, row in rows.items():
        assert row["cpu"] < SECONDS, path
        assert row["peak"] < MEBIBYTES, path
        codes = [row["code"]] if row["outcome"] == "refused" else row["findings"] + row["bad"]
        assert set(codes) <= known, path
        if row["outcome"] == "refused":
            assert row["code"] + ".remedy" in known


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[Path, dict]:
    paths = make_all(tmp_path_factory.mktemp("hostile") / "files")
    rows = look_at(paths)
    assert set(rows) == set(paths)
    return rows


def test_made_files_are_bounded_and_named(made):
    assert_bounded(made)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("png-pixel-flood.png", "refused.too_many_pixels"),
        ("png-just-over.png", "refused.too_many_pixels"),
        ("tiff-huge.tif", "refused.too_many_pixels"),
        ("jpeg-size.jpg", "refused.too_many_pixels"),
        ("bmp-size.bmp", "refused.too_many_pixels"),
        ("tiff-loop.tif", "refused.broken"),
        ("tiff-outside.tif", "refused.broken"),
        ("pdf-form-loop.pdf", "refused.broken"),
        ("pdf-form-tree.pdf", "refused.broken"),
        ("pdf-same-page.pdf", "refused.too_many_pages"),
    ],
)
def test_bombs_and_loops_are_refused(made, name, code):
    (row,) = [row for path, row in made.items() if path.name == name]
    assert row.get("code") == code


def test_a_huge_picture_in_a_pdf_is_not_decoded(made):
    (row,) = [row for path, row in made.items() if path.name == "pdf-image-size.pdf"]
    assert row["bad"] == ["page.too_many_pixels"]


REFUSED = {
    "33_TIEU_CHUAN_QUY_CHUAN_9.TCVN 13878 - 2023.pdf": "refused.web_page",
    "REDHAT-1531897-0.pdf": "refused.broken",
    "bug1020226.pdf": "refused.broken",
    "poppler-85140-0.pdf": "refused.broken",
    "bad1.pdf": "refused.unknown_format",
    "test7Z_protected_passTika.7z": "refused.archive_file",
    "testZipEncrypted.zip": "refused.archive_file",
    "testZIP_corrupted_oom.zip": "refused.archive_file",
    "testWORD_protected_passtika.doc": "refused.office",
    "testWORD_protected_passtika.docx": "refused.office",
    "testWORD_truncated.docx": "refused.office",
    "testEXCEL_protected_passtika.xls": "refused.office",
    "broken.png": "refused.broken",
    "broken_data_stream.png": "refused.broken",
    "decompression_bomb.gif": "refused.format_not_taken",
    "hopper_bad.p7": "refused.unknown_format",
    "oom-225817ca0f8c663be7ab4b9e717b02c661e66834.tif": "refused.broken",
}


def test_found_files(shared_data):
    paths = sorted(path for path in (shared_data / "09-hostile").rglob("*") if path.is_file())
    rows = look_at(paths)
    assert set(rows) == set(paths)
    assert_bounded(rows)
    codes = {path.name: row.get("code") for path, row in rows.items()}
    assert {name: codes[name] for name in REFUSED} == REFUSED
    assert not any(row["outcome"] == "taken" for path, row in rows.items() if "xml" in path.parts)
    protected = next(row for path, row in rows.items() if path.name == "testPDF_protected.pdf")
    assert (protected["outcome"], protected["pages"], protected["findings"]) == (
        "taken",
        41,
        ["file.restricted"],
    )
