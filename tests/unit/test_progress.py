"""What progress says, and where."""

import io
import json

from ingest.progress import JsonLines, Lines, clock


def drive(tally):
    tally.stage("ingest.stage.pages", 3)
    tally.step(1, 90.0)
    tally.refused(2)
    tally.step(1, 80.0)
    tally.step(1, None)


def test_plain_lines_name_stage_numbers_confidence_and_refusals():
    target = io.StringIO()
    drive(Lines("vi", target))
    first, last = target.getvalue().splitlines()[0], target.getvalue().splitlines()[-1]
    assert first.startswith("Nhận dạng 0/3")
    assert "3/3" in last and "tin cậy 85" in last and "từ chối 2" in last


def test_json_lines_are_json():
    target = io.StringIO()
    drive(JsonLines("vi", target))
    last = json.loads(target.getvalue().splitlines()[-1])
    assert (last["stage"], last["done"], last["total"], last["confidence"], last["refused"]) == (
        "pages",
        3,
        3,
        85.0,
        2,
    )


def test_pages_found_ready_do_not_count_as_speed():
    tally = JsonLines("vi", io.StringIO())
    tally.stage("ingest.stage.pages", 1000)
    tally.step(999)
    assert tally.rate == 0 and tally.seconds_left is None


def test_clock():
    assert clock(3725) == "1:02:05"
