"""Attacks on the access log, by seed: `python -m tests.tamper [trials] [seed]` prints how many are found.

Each attack changes a copy of one log of some 300 entries, as somebody could who may write every file but does not
hold the signing key (one does: it restores an old copy and goes on writing). The head held outside is the newest.
"""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive.audit import chain, heads, journal, signer
from archive.audit.heads import Head
from archive.audit.journal import JournalSink
from archive.audit.log import segments
from archive.audit.verify import Result, verify
from tests.audits import entry

ENTRIES = 300


@dataclass(frozen=True)
class Original:
    """A sound log: `now`, an older copy of it `before`, and the newest head."""

    now: Path
    before: Path
    held: Head


def original(base: Path) -> Original:
    """A log with many segments and heads, its key replaced half-way."""
    before = (journal.SEGMENT_ENTRIES, journal.HEAD_ENTRIES)
    journal.SEGMENT_ENTRIES, journal.HEAD_ENTRIES = 60, 20
    try:
        for part in range(3):
            folder, keys = base / "now" / "audit", base / "now" / "keys"
            key = signer.rotate(keys, folder) if part == 1 else signer.make(keys, folder)
            with JournalSink(folder, key) as sink:
                for number in range(part * ENTRIES // 3, (part + 1) * ENTRIES // 3):
                    sink.record(entry(number))
            if part == 1:
                shutil.copytree(base / "now", base / "before")
    finally:
        journal.SEGMENT_ENTRIES, journal.HEAD_ENTRIES = before
    return Original(base / "now", base / "before", heads.read_heads(base / "now" / "audit")[-1])


@dataclass
class Attack:
    """One attack under way in `folder`. `hurt` is the number of the entry it harms, when it is one."""

    original: Original
    home: Path
    dice: random.Random
    hurt: int = 0

    @property
    def folder(self) -> Path:
        return self.home / "audit"

    def lines(self) -> list[bytes]:
        return [line for segment in segments(self.folder) for line in segment.lines()]

    def pick(self, few: int = 0) -> int:
        """A line, by its place from 0, that is not among the last `few`."""
        place = self.dice.randrange(len(self.lines()) - few)
        self.hurt = place + 1
        return place

    def write(self, lines: list[bytes]) -> None:
        """Put changed lines back into the files, each as long as it was, the last taking the rest."""
        parts = segments(self.folder)
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            stop = following.first - 1 if following else len(lines)
            content = lines[part.first - 1 : stop]
            part.path.write_bytes(b"".join(line + b"\n" for line in content))


def relinked(lines: list[bytes]) -> list[bytes]:
    """The lines numbered and linked anew, as one without the key can do it."""
    done, previous, tree = [], "0" * 64, chain.Tree()
    for number, line in enumerate(lines, start=1):
        _, _, when, fields = json.loads(line)
        if fields["action"] == "segment":
            fields["detail"]["peaks"] = [peak.hex() for peak in tree.peaks]
        read = [number, previous, when, fields]
        done.append(json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
        digest = chain.leaf(done[-1])
        tree.append(digest)
        previous = digest.hex()
    return done


def changed(line: bytes) -> bytes:
    read = json.loads(line)
    read[3]["actor"] = "nguoi-khac"
    return json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --------------------------------------------------------------------------- attacks on lines


def flip_a_byte(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    spot = attack.dice.randrange(len(lines[place]))
    line = bytearray(lines[place])
    line[spot] ^= 1 << attack.dice.randrange(8)
    path = next(s.path for s in reversed(segments(attack.folder)) if s.first <= place + 1)
    path.write_bytes(path.read_bytes().replace(lines[place], bytes(line)))


def change_an_actor(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    lines[place] = changed(lines[place])
    attack.write(lines)


def change_an_actor_and_relink(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    lines[place] = changed(lines[place])
    attack.write(relinked(lines))


def remove_a_line(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    del lines[place]
    attack.write(lines)


def remove_a_line_and_relink(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    del lines[place]
    attack.write(relinked(lines))


def remove_lines_and_relink(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    del lines[place : place + attack.dice.randint(2, 90)]
    attack.write(relinked(lines))


def put_a_line_in_and_relink(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    lines.insert(place, changed(lines[place]))
    attack.write(relinked(lines))


def repeat_a_line(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    lines.insert(place, lines[place])
    attack.write(lines)


def swap_two_lines(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick(1)
    other = attack.dice.randrange(place + 1, len(lines))
    lines[place], lines[other] = lines[other], lines[place]
    attack.write(lines)


def swap_two_lines_and_relink(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick(1)
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    attack.write(relinked(lines))


def move_a_time_and_relink(attack: Attack) -> None:
    lines, place = attack.lines(), attack.pick()
    read = json.loads(lines[place])
    read[2] = f"2020{read[2][4:]}"
    lines[place] = json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    attack.write(relinked(lines))


# --------------------------------------------------------------------------- cuts and rollbacks


def cut_the_end(attack: Attack) -> None:
    place = attack.pick()
    attack.write(attack.lines()[:place])


def cut_the_end_with_its_heads(attack: Attack) -> None:
    place = attack.pick()
    attack.write(attack.lines()[:place])
    kept = [head for head in heads.read_heads(attack.folder) if head.size <= place]
    (attack.folder / heads.HEADS_FILE).write_text("".join(f"{head.text}\n" for head in kept))
    attack.hurt = place + 1


def cut_bytes_off_the_end(attack: Attack) -> None:
    path = segments(attack.folder)[-1].path
    content = path.read_bytes()
    path.write_bytes(content[: attack.dice.randrange(len(content))])


def put_the_old_copy_back(attack: Attack) -> None:
    shutil.rmtree(attack.home)
    shutil.copytree(attack.original.before, attack.home)


def put_the_old_copy_back_and_go_on(attack: Attack) -> None:
    """With the true key: what whoever restores a backup and says nothing does."""
    put_the_old_copy_back(attack)
    with JournalSink(attack.folder, signer.load(attack.home / "keys")) as sink:
        for number in range(attack.dice.randrange(1, 150)):
            sink.record(entry(number + 1000))


def remove_a_segment(attack: Attack) -> None:
    attack.dice.choice(segments(attack.folder)).path.unlink()


def swap_two_segments(attack: Attack) -> None:
    one, other = attack.dice.sample(segments(attack.folder), 2)
    kept = one.path.read_bytes()
    one.path.write_bytes(other.path.read_bytes())
    other.path.write_bytes(kept)


def close_a_segment_secretly(attack: Attack) -> None:
    segment = attack.dice.choice(segments(attack.folder))
    segment.path.with_suffix(".leaves").write_bytes(b"".join(segment.leaves()))
    segment.path.unlink()


def empty_the_log(attack: Attack) -> None:
    for segment in segments(attack.folder):
        segment.path.unlink()
    if attack.dice.random() < 0.5:
        (attack.folder / heads.HEADS_FILE).unlink()


# --------------------------------------------------------------------------- heads and keys


def cut_the_heads(attack: Attack) -> None:
    path = attack.folder / heads.HEADS_FILE
    content = path.read_bytes()
    path.write_bytes(content[: attack.dice.randrange(len(content))])


def remove_a_head(attack: Attack) -> None:
    path = attack.folder / heads.HEADS_FILE
    lines = path.read_text().splitlines(keepends=True)
    del lines[attack.dice.randrange(len(lines))]
    path.write_text("".join(lines))


def swap_two_heads(attack: Attack) -> None:
    path = attack.folder / heads.HEADS_FILE
    lines = path.read_text().splitlines(keepends=True)
    one, other = attack.dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    path.write_text("".join(lines))


def change_a_head(attack: Attack) -> None:
    path = attack.folder / heads.HEADS_FILE
    content = bytearray(path.read_bytes())
    content[attack.dice.randrange(len(content))] ^= 1 << attack.dice.randrange(8)
    path.write_bytes(bytes(content))


def rewrite_with_a_key_of_ones_own(attack: Attack) -> None:
    """Everything made anew and consistent, from the first line to the last head; only the true key is missing."""
    lines, place = attack.lines(), attack.pick()
    lines[place] = changed(lines[place])
    attack.write(relinked(lines))
    shutil.rmtree(attack.home / "keys")
    (attack.folder / heads.KEYS_FILE).unlink()
    false = _false_key(attack)
    (attack.folder / heads.KEYS_FILE).write_text(f"{false.vouch(false.public).text}\n")
    _sign_all(attack, false)


def rewrite_and_slip_a_key_in(attack: Attack) -> None:
    """As above, but the true keys stay, and a false one stands among them."""
    lines, place = attack.lines(), attack.pick()
    lines[place] = changed(lines[place])
    attack.write(relinked(lines))
    false, path = _false_key(attack), attack.folder / heads.KEYS_FILE
    claimed = false.vouch(false.public)
    if attack.dice.random() < 0.5:
        claimed = dataclasses.replace(claimed, by=heads.read_keys(attack.folder)[-1].id)
    path.write_text(path.read_text() + f"{claimed.text}\n")
    _sign_all(attack, false)


def remove_the_keys(attack: Attack) -> None:
    (attack.folder / heads.KEYS_FILE).write_bytes(b"")


def _false_key(attack: Attack) -> signer.Signer:
    return signer.make(attack.home / "false", attack.home / "false-log")


def _sign_all(attack: Attack, key: signer.Signer) -> None:
    sizes = {head.size for head in heads.read_heads(attack.folder)}
    tree, signed, log = chain.Tree(), [], heads.read_heads(attack.folder)[0].log
    for line in attack.lines():
        digest = chain.leaf(line)
        tree.append(digest)
        if tree.size in sizes:
            signed.append(key.head(tree.size, tree.root(), digest.hex(), log))
    (attack.folder / heads.HEADS_FILE).write_text("".join(f"{head.text}\n" for head in signed))


ATTACKS: tuple[Callable[[Attack], None], ...] = (
    flip_a_byte,
    change_an_actor,
    change_an_actor_and_relink,
    remove_a_line,
    remove_a_line_and_relink,
    remove_lines_and_relink,
    put_a_line_in_and_relink,
    repeat_a_line,
    swap_two_lines,
    swap_two_lines_and_relink,
    move_a_time_and_relink,
    cut_the_end,
    cut_the_end_with_its_heads,
    cut_bytes_off_the_end,
    put_the_old_copy_back,
    put_the_old_copy_back_and_go_on,
    remove_a_segment,
    swap_two_segments,
    close_a_segment_secretly,
    empty_the_log,
    cut_the_heads,
    remove_a_head,
    swap_two_heads,
    change_a_head,
    rewrite_with_a_key_of_ones_own,
    rewrite_and_slip_a_key_in,
    remove_the_keys,
)


@dataclass(frozen=True)
class Trial:
    attack: str
    seed: int
    hurt: int
    alone: Result
    """What is found without a head from outside."""
    held: Result

    @property
    def named(self) -> bool:
        """Does a finding name the harmed entry?"""
        places = [(int(one.values["first"]), int(one.values["last"])) for one in self.held.findings]
        return any(first <= self.hurt <= last for first, last in places)


def trial(log: Original, seed: int, scratch: Path) -> Trial:
    """One attack on a fresh copy."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(log.now, scratch)
    attack = Attack(log, scratch, random.Random(seed))
    run = ATTACKS[seed % len(ATTACKS)]
    run(attack)
    folder = attack.folder
    return Trial(run.__name__, seed, attack.hurt, verify(folder), verify(folder, [log.held]))


def main(trials: int = 1000, seed: int = 0) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        log = original(base)
        clean = [verify(log.now / "audit", [log.held]), verify(log.before / "audit")]
        done = [trial(log, seed + place, base / "copy") for place in range(trials)]
    missed = [one for one in done if one.held.intact]
    print(f"{len(done) - len(missed)} of {len(done)} attacks found with the newest head held outside")
    print(
        f"{sum(not one.alone.intact for one in done)} of them without any head from outside; not found then:"
    )
    for name, count in Counter(one.attack for one in done if one.alone.intact).items():
        print(f"    {count:4} {name}")
    print(f"{sum(not one.intact for one in clean)} false alarms on {len(clean)} untouched logs")
    for one in missed:
        print(f"MISSED {one.attack} seed {one.seed}")
    return 1 if missed or not all(one.intact for one in clean) else 0


if __name__ == "__main__":
    sys.exit(main(*(int(number) for number in sys.argv[1:])))
