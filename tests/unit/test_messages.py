"""Every sentence exists in both languages with the same placeholders, and every code used has one."""

import re
from pathlib import Path

import pytest

from archive.messages import LANGUAGES, catalogue, say

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"{(\w+)")


def test_both_languages_have_the_same_codes():
    vi, en = (set(catalogue(language)) for language in LANGUAGES)
    assert vi == en


@pytest.mark.parametrize("code", sorted(catalogue("vi")))
def test_same_placeholders(code):
    assert set(PLACEHOLDER.findall(catalogue("vi")[code])) == set(PLACEHOLDER.findall(catalogue("en")[code]))


OWN_WORDS = {"ingest.bad_catalogue"}
"""Codes whose reason is a sentence of ours."""


@pytest.mark.parametrize(
    "code",
    sorted(code for code, said in catalogue("vi").items() if "{reason}" in said and code not in OWN_WORDS),
)
def test_what_a_program_said_in_english_stands_apart_as_technical_detail(code):
    assert catalogue("vi")[code].endswith("Chi tiết kỹ thuật: {reason}")
    assert not code.startswith("refused.")


def test_every_code_raised_or_told_has_a_sentence():
    used = re.compile(
        r"""(?:Error|Refused|Missing|NotFound|Exists|Finding|tell|warn|say|JobFailure|Refusal)\(\s*f?["']([a-z_]+(?:\.[a-z_]+)+)["']"""
    )
    missing = {
        (path.relative_to(ROOT).as_posix(), code)
        for package in ("archive", "ingest", "webui")
        for path in (ROOT / package).rglob("*.py")
        for code in used.findall(path.read_text(encoding="utf-8"))
        if code not in catalogue("vi")
    }
    assert not missing


def test_unknown_code_is_shown_bare_and_missing_values_do_not_fail():
    assert say("no.such.code") == "no.such.code"
    assert "?" in say("error.disk_full")
