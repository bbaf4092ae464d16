"""A sample of the seeded attacks of tests/tamper.py: all found. `python -m tests.tamper 1000` runs a thousand."""

import pytest

from archive.audit import heads
from archive.audit.verify import verify
from tests import tamper

SAMPLE = 4 * len(tamper.ATTACKS)
NAMED = {
    "flip_a_byte",
    "change_an_actor",
    "change_an_actor_and_relink",
    "remove_a_line",
    "remove_a_line_and_relink",
    "put_a_line_in_and_relink",
    "cut_the_end",
    "cut_the_end_with_its_heads",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tamper.original(tmp_path_factory.mktemp("log"))


def test_untouched_logs_are_intact_against_every_head_ever_signed(log):
    for home in (log.now, log.before):
        signed = heads.read_heads(home / "audit")
        result = verify(home / "audit", signed)
        assert len(signed) > 5 and result.intact and result.outside == len(signed)
    assert verify(log.now / "audit", heads.read_heads(log.before / "audit")).intact


def test_every_attack_is_found(log, tmp_path):
    trials = [tamper.trial(log, seed, tmp_path / "copy") for seed in range(SAMPLE)]
    assert not [(one.attack, one.seed) for one in trials if one.held.intact]
    assert not [(one.attack, one.seed) for one in trials if one.attack in NAMED and not one.named]


def test_another_archives_log_with_its_own_key_is_not_taken_for_ours(log, tmp_path):
    other = tamper.original(tmp_path)
    assert not verify(other.now / "audit", [log.held]).intact
    assert not verify(other.now / "audit", keys=[log.held.key]).intact
    assert verify(other.now / "audit", [other.held], [other.held.key]).intact
