"""The archivist's journey: a folder as it comes from the shelf -> plan -> archive -> report -> found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from ingest.batch.describe import agree
from samples.generate import generate

ROOT = Path(__file__).parents[2]


def kho(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "archive.cli", *arguments, "--home", str(home)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """(home, folder, truth, finished `kho ingest folder --json`) on the small sample batch."""
    samples = tmp_path_factory.mktemp("samples")
    home = tmp_path_factory.mktemp("archive") / "home"
    generate(samples, small=True)
    truth = json.loads((samples / "truth.json").read_text(encoding="utf-8"))
    folder = samples / next(iter(truth["fonds"]))
    assert kho(home, "init").returncode == 0
    ingested = kho(home, "ingest", "folder", str(folder), "--json")
    assert ingested.returncode == 1, ingested.stderr
    return home, folder, truth, ingested


def fates_expected(folder: Path, truth: dict) -> dict[str, str]:
    """file name inside the batch -> fate, from the truth; a quarantined file counts as refused."""
    return {
        name.removeprefix(folder.name + "/"): {"quarantined": "refused"}.get(entry["fate"], entry["fate"])
        for name, entry in truth["files"].items()
    }


def test_every_file_has_the_fate_the_truth_says(done):
    _, folder, truth, ingested = done
    report, expected = json.loads(ingested.stdout), fates_expected(folder, truth)
    refused = {one["file"] for one in report["refusals"]}
    duplicates = {one["file"] for one in report["duplicates"]}
    assert refused == {name for name, fate in expected.items() if fate == "refused"}
    assert len(duplicates) == sum(fate == "duplicate" for fate in expected.values())
    assert report["counts"]["received"] == sum(fate != "ignored" for fate in expected.values())
    counts = report["counts"]
    assert counts["received"] == counts["kept"] + counts["duplicates"] + counts["refused"]


def test_each_refusal_has_the_code_of_the_truth_a_reason_and_a_remedy(done):
    _, folder, truth, ingested = done
    for one in json.loads(ingested.stdout)["refusals"]:
        assert one["code"] == truth["files"][f"{folder.name}/{one['file']}"]["code"]
        assert one["reason"] and one["remedy"] and one["code"] not in one["reason"] + one["remedy"]


def test_secret_documents_leave_no_trace_but_a_neutral_entry(done):
    home, _, truth, _ = done
    names = [Path(name).name for name, entry in truth["files"].items() if entry["fate"] == "quarantined"]
    items = [
        item
        for id_ in Holdings(home / "holdings").dossiers()
        for item in Holdings(home / "holdings").dossier(id_).items
    ]
    locked = [item for item in items if item.access == "quarantined"]
    assert len(locked) == len(names) > 0
    for item in locked:
        assert not (item.title or item.files or item.pages or item.fields)
        assert not any(path for path in (home / "renditions").rglob(f"{item.extra['sha256']}/*"))
    for item in items:
        assert not {file.name for file in item.files} & set(names)


def test_planned_findings_are_reported(done):
    _, _, truth, ingested = done
    told = [row["code"] for row in json.loads(ingested.stdout)["to_check"]]
    for finding in truth["findings"]:
        assert finding["code"] in told
    for document in truth["documents"].values():
        for finding in document.get("findings", []):
            assert finding["code"] in told, finding


def test_fields_are_right_where_the_paper_is_clean(done):
    """Most fields of most documents; the exact share is the benchmark's matter."""
    home, folder, truth, _ = done
    holdings = Holdings(home / "holdings")
    by_file = {
        (dossier.title, file.name): item
        for dossier in map(holdings.dossier, holdings.dossiers())
        for item in dossier.items
        for file in item.files
    }
    right = wrong = 0
    for document in truth["documents"].values():
        dossier, name = document["files"][0].removeprefix(folder.name + "/").split("/", 1)
        item = by_file.get((dossier, name))
        for field in ("code", "issued_date", "type_name", "issuer") if item else ():
            if (
                document["fields"].get(field)
                and item.fields.get(field)
                and item.fields[field].origin != "catalogue"
            ):
                right += agree(field, document["fields"][field], item.value(field))
                wrong += not agree(field, document["fields"][field], item.value(field))
    assert right >= 4 and wrong <= 1  # the catalogue gives the rest


def test_access_levels_and_embargoes_are_those_the_catalogue_states(done):
    home, folder, truth, _ = done
    holdings = Holdings(home / "holdings")
    held = {
        f"{folder.name}/{dossier.title}/{file.name}": {"level": item.level, "embargo": item.embargo}
        for dossier in map(holdings.dossier, holdings.dossiers())
        for item in dossier.items
        for file in item.files
    }
    stated = {
        one["files"][0]: {"level": one["level"], "embargo": one["embargo"]}
        for one in truth["documents"].values()
        if one["access"] == "open"
    }
    assert {one["level"] for one in stated.values()} == {"open", "conditional", "closed"}
    assert {name: held[name] for name in stated} == stated


def test_every_kept_page_has_its_reading_and_image(done):
    home, _, _, ingested = done
    holdings, renditions = Holdings(home / "holdings"), Renditions(home / "renditions")
    refs = [ref for id_ in holdings.dossiers() for item in holdings.dossier(id_).items for ref in item.pages]
    assert len(refs) == json.loads(ingested.stdout)["pages"] > 0
    assert all(
        renditions.has(ref.rendition) and renditions.image_path(ref.rendition).is_file() for ref in refs
    )


def test_json_mode_prints_one_document_and_progress_apart(done):
    _, _, _, ingested = done
    states = [json.loads(line) for line in ingested.stderr.splitlines()]
    assert {"stage", "done", "total", "per_second", "seconds_left", "confidence", "refused"} <= set(
        states[-1]
    )
    assert states[-1]["done"] == states[-1]["total"]


def test_report_files_are_where_the_report_says(done):
    _, _, _, ingested = done
    for path in json.loads(ingested.stdout)["files"].values():
        assert Path(path).stat().st_size > 500


def test_again_for_people_nothing_is_read_and_the_next_command_is_named(done):
    home, folder, _, _ = done
    again = kho(home, "ingest", "folder", str(folder))
    assert again.returncode == 1
    assert "lần này nhận dạng 0 trang" in again.stdout and "kho publish" in again.stdout
    english = kho(home, "ingest", "folder", str(folder), "--lang", "en")
    assert "received" in english.stdout and "0 pages read in this run" in english.stdout


def test_dry_run_plans_and_keeps_nothing(done, tmp_path):
    _, folder, _, _ = done
    home = tmp_path / "home"
    kho(home, "init")
    planned = kho(home, "ingest", "folder", str(folder), "--dry-run", "--json", KHO_EXECUTOR="serial")
    plan = json.loads(planned.stdout)
    assert planned.returncode == 1 and not list(Holdings(home / "holdings").dossiers())
    assert plan["estimate"]["pages"] > 0 and plan["estimate"]["pages_per_second"] > 0
    assert plan["estimate"]["gigabytes"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["khong-co"], "Không có thư mục"),
        (["trong"], "không có tệp tài liệu nào"),
        (["a.pdf"], "là một tệp, không phải thư mục"),
        (["."], "thuộc phông nào"),
        ([".", "--fonds", "mã sai"], "không hợp lệ"),
    ],
)
def test_misuse_is_explained_with_the_next_thing_to_do(done, tmp_path, arguments, said):
    home = done[0]
    folder = tmp_path / arguments[0]
    (tmp_path / "trong").mkdir()
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    result = kho(
        home,
        "ingest",
        "folder",
        str(folder),
        *arguments[1:],
        *(["--fonds", "T1"] if arguments[0] != "." else []),
    )
    assert result.returncode == 2 and result.stdout == ""
    assert said in result.stderr and len(result.stderr.strip().splitlines()) == 2


def test_what_was_ingested_is_published_and_found(done):
    home, _, truth, _ = done
    assert kho(home, "publish").returncode == 0
    code = next(
        one["fields"]["code"]
        for one in truth["documents"].values()
        if one["access"] == "open" and one["fields"].get("code")
    )
    answer = json.loads(kho(home, "search", f'"{code}"', "--json").stdout)
    assert answer["total"] >= 1
