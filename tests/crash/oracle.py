"""What must be true of a home after a command was disturbed: at once, and after the same command was run again.

`seen` says what a home shows, part by part; a part is as before the command or as after it, never anything else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ocfl.validator import Validator

from archive import durable, serial
from archive.audit.verify import verify as verify_log
from archive.export.verify import verify as verify_export
from archive.holdings import description, fixity
from archive.holdings.store import Holdings
from archive.people.accounts import Accounts, to_plain
from archive.publishing import catalogue_lines, generation
from archive.rights import restrictions
from archive.settings import Settings
from archive.units import store
from archive.wiring_read import Archive
from tests.sinks import MemorySink

Seen = dict[str, str]
"""Part -> digest of what it shows. A part that is not there is not listed."""

UNFINISHED = ("fixity.unfinished", "fixity.empty_folder", "fixity.generation_current", "fixity.home_missing")
"""A version written but not yet switched to, folders made for a package that is not there yet, a first generation that
nothing points to yet, credentials whose account is not there: readers see none of them (`seen` tells), `kho verify` does, the next writer completes or clears it."""
WORDS = ("thu hồi", "quyet dinh", "văn bản", "-khong")


def seen(trial: Path) -> Seen:
    settings = Settings(home=trial / "home")
    parts = {**_held(settings), **_shown(settings), **_people(settings), **_taken(trial / "out")}
    return {
        name: hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()[:16]
        for name, said in parts.items()
    }


def _held(settings: Settings) -> dict[str, object]:
    """Dossiers: content digests of every original, and the description without its times."""
    holdings = Holdings(settings.holdings)
    return {
        f"held {dossier_id}": (
            sorted(
                item
                for item in holdings.inventory(dossier_id).state.items()
                if item[0].startswith("original/")
            ),
            serial.dumps(description.timeless(holdings.dossier(dossier_id))),
        )
        for dossier_id in holdings.dossiers()
    }


def _shown(settings: Settings) -> dict[str, object]:
    """The catalogue written out whole, and the answers that the operator gets."""
    published = generation.find(settings)
    if not published:
        return {}
    archive = Archive(settings, MemorySink())
    reader, operator = archive.reader(), archive.operator()
    answers = {words: reader.search(operator, words, size=100) for words in WORDS}
    found = {words: (page.total, [hit.row for hit in page.hits]) for words, page in answers.items()}
    return {"shown": (catalogue_lines.digests(catalogue_lines.lines(published.catalogue())), found)}


def _people(settings: Settings) -> dict[str, object]:
    accounts = Accounts(settings.accounts)
    laid = restrictions.load(settings.restrictions).newest
    register = store.load(settings.register)
    return {
        **{f"account {name}": to_plain(accounts.find(name)) for name in accounts.names()},
        **{f"restriction {record}": (row.level, row.until, row.basis) for record, row in laid.items()},
        "register": sorted(map(repr, register.units.values())),
    }


def _taken(out: Path) -> dict[str, object]:
    """Exports that prove themselves; an unfinished one is none."""
    checked = {path.name: verify_export(path) for path in sorted(out.glob("*.zip"))}
    return {f"taken {name}": sorted(map(repr, result.findings)) for name, result in checked.items()}


# --------------------------------------------------------------------------- verdicts


def midway(trial: Path, before: Seen, after: Seen, growing: str) -> list[str]:
    """What is wrong right after the disturbance: damage of any kind, parts neither as before the command nor as after it.

    A part `growing` gets several versions in one run: it may be as any of them."""
    checked = fixity.verify(Settings(home=trial / "home"))
    checked = replace(checked, findings=tuple(one for one in checked.findings if one.code not in UNFINISHED))
    problems = list(_damage(trial, checked))
    now = seen(trial)
    for name in sorted({*before, *now}):
        if name != growing and now.get(name) not in {before.get(name), after.get(name)}:
            problems.append(f"neither before nor after: {name}")
    return problems


def finally_(trial: Path, after: Seen, swept: bool) -> list[str]:
    """What is wrong in the end: damage, what differs from an undisturbed run, and what was left lying about, if it
    should have been `swept`."""
    settings = Settings(home=trial / "home")
    checked = fixity.verify(settings)
    problems = list(_damage(trial, checked))
    now = seen(trial)
    problems += [
        f"not as undisturbed: {name}" for name in sorted({*after, *now}) if now.get(name) != after.get(name)
    ]
    if swept:
        problems += [f"left behind: {note.file}" for note in checked.notes if note.code == "fixity.leftover"]
        problems += [f"left behind: {path.relative_to(trial)}" for path in temporary(trial)]
    for root in Holdings(settings.holdings).object_roots():
        checker = Validator()
        if not checker.validate_object(str(root)):
            problems.append(f"OCFL: {root.name}: {checker}")
    return problems


def _damage(trial: Path, checked: fixity.Report) -> Iterator[str]:
    """Whatever `kho verify` and the check of the access log find. Nothing may have been there to find."""
    for finding in checked.findings:
        yield f"verify: {finding.code} {finding.file} {finding.values}"
    for finding in verify_log(trial / "home" / "audit").findings:
        yield f"access log: {finding.code} {finding.values}"


def temporary(trial: Path) -> list[Path]:
    return [path for path in (trial / "home").rglob("*") if path.name.startswith(durable.TEMP_PREFIX)]


def age(trial: Path) -> None:
    """Let two days pass over what a killed writer left: by then nobody writes it any more."""
    for path in temporary(trial):
        os.utime(path, (path.lstat().st_mtime - 2 * 86400,) * 2, follow_symlinks=False)
