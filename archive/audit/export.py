"""Parts of the log for others, each line with the proof that a signed head covers it; and the check of such an export.

A folder: entries.jsonl (the lines, byte for byte), proofs.jsonl (`{"number":…,"path":[…]}` for each, RFC 6962),
head.txt, keys.txt, and, when heads held outside were given, consistency.jsonl from each of them to the head.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from archive import durable
from archive.audit import chain, log
from archive.audit.heads import KEYS_FILE, Head, Keyring, parse_head, read_keys
from archive.errors import IntegrityError, UsageError
from archive.model import Finding

ENTRIES, PROOFS, HEAD, CONSISTENCY = "entries.jsonl", "proofs.jsonl", "head.txt", "consistency.jsonl"


def export(
    folder: Path, target: Path, numbers: Iterable[int], head: Head, outside: Iterable[Head] = ()
) -> int:
    """Write the entries `numbers`, as far as `head` covers them, into the new folder `target`; returns how many."""
    if target.exists() and any(target.iterdir()):
        raise UsageError("audit.export_there", path=target)
    layers = chain.Layers(log.leaves(folder)[: head.size])
    kept = dict(_lines(folder, {number for number in numbers if number <= head.size}))
    proofs = [{"number": number, "path": _hex(layers.path(number - 1))} for number in kept]
    older = [
        {"head": one.text, "proof": _hex(chain.consistency(layers.layers[0], one.size))}
        for one in outside
        if one.size <= head.size
    ]
    durable.write_file(target / ENTRIES, b"".join(line + b"\n" for line in kept.values()))
    durable.write_file(target / PROOFS, _json_lines(proofs))
    durable.write_file(target / CONSISTENCY, _json_lines(older))
    durable.write_file(target / KEYS_FILE, (folder / KEYS_FILE).read_bytes())
    durable.write_file(target / HEAD, f"{head.text}\n".encode())
    return len(kept)


def _lines(folder: Path, wanted: set[int]) -> Iterable[tuple[int, bytes]]:
    for segment in log.segments(folder):
        for number, line in enumerate(segment.lines(), start=segment.first):
            if number in wanted:
                yield number, line


def check(target: Path) -> tuple[int, list[Finding]]:
    """(number of entries, what is wrong) of an export. Raises IntegrityError when a part cannot be read."""
    try:
        head, ring = parse_head((target / HEAD).read_text(encoding="utf-8")), Keyring(read_keys(target))
        lines = (target / ENTRIES).read_bytes().split(b"\n")[:-1]
        proofs, older = (_rows(target / name) for name in (PROOFS, CONSISTENCY))
        wrong = [] if ring.signed(head) else [_finding("audit.head_not_signed", head.size)]
        wrong += [
            _finding("audit.not_proved", proof["number"])
            for line, proof in zip(lines, proofs, strict=True)
            if not _proved(line, proof, head)
        ]
        for one in older:
            if not _extends(parse_head(one["head"]), one["proof"], head, ring):
                wrong.append(_finding("audit.rewritten", head.size, time=head.time))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError("audit.export_damaged", path=target, reason=error) from error
    return len(lines), wrong


def _proved(line: bytes, proof: dict, head: Head) -> bool:
    number, path = proof["number"], [bytes.fromhex(step) for step in proof["path"]]
    numbered = line.startswith(b"[%d," % number)
    return numbered and chain.includes(
        chain.leaf(line), number - 1, head.size, path, bytes.fromhex(head.root)
    )


def _extends(old: Head, proof: list[str], head: Head, ring: Keyring) -> bool:
    steps = [bytes.fromhex(step) for step in proof]
    roots = bytes.fromhex(old.root), bytes.fromhex(head.root)
    return ring.signed(old) and chain.extends(old.size, roots[0], head.size, roots[1], steps)


def _finding(code: str, number: int, **values: str) -> Finding:
    return Finding(code, "error", values={"first": str(number), "last": str(number), **values})


def _hex(steps: list[bytes]) -> list[str]:
    return [step.hex() for step in steps]


def _json_lines(rows: Iterable[dict]) -> bytes:
    return b"".join(json.dumps(row, sort_keys=True, separators=(",", ":")).encode() + b"\n" for row in rows)


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
