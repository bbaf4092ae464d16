"""One export as a stream: a BagIt 1.0 bag (RFC 8493) in one ZIP, made while it leaves; nothing is put aside on the disk.

bagit.txt, yeu-cau.json            what was asked for: first, so that a partial file tells what it is part of
data/ho-so/<hồ sơ>/<số>/goc/…       original files, every byte checked before it leaves
                       ban-sao.pdf  access copy, PDF/A-2b
                  lich-su.json      processing history (PREMIS events)
data/mo-ta/…                        description: XLSX, CSV, XML; khong-xuat.csv: what was left out and why
manifest-sha256.txt, bag-info.txt, khoa.txt, KIEM-TRA.html, chung-nhan.json, .sig, .html, tagmanifest-sha256.txt
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from archive import serial, settings
from archive.audit.heads import Head
from archive.errors import AuditUnavailable, IntegrityError, KhoError, NotFound
from archive.export import certificate, checker, names
from archive.export.certificate import Certifier
from archive.export.lookup import Given, Leaving
from archive.export.plan import Plan, Refusal
from archive.export.tables import Description, tables
from archive.export.writing import BagWriter, Kept, Measured, measured
from archive.holdings import description
from archive.holdings.originals import Original
from archive.messages import say
from archive.model import Dossier, Event
from archive.papers import files, lists
from archive.rights.access import Actor

DECLARATION, REQUEST, INFO = "bagit.txt", "yeu-cau.json", "bag-info.txt"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True)
class Request:
    """Who asked for what and when. `export` is its name; `stamp` the line above each page of a copy, "" for none."""

    export: str
    began: datetime
    actor: Actor
    plan: Plan
    generation: str
    language: str = "vi"
    stamp: str = ""

    @property
    def who(self) -> dict[str, str]:
        named = {"account": self.actor.name, "name": self.actor.display_name or self.actor.name}
        return named | ({"by": self.actor.by} if self.actor.by else {})

    @property
    def base(self) -> str:
        return names.base(self.began, self.export)

    @property
    def plain(self) -> bytes:
        """yeu-cau.json. Who may take out something else, or sees more of it, has another one: `rights`."""
        rights = repr((self.actor.grants, sorted(self.actor.revealed))).encode()
        return serial.dumps(
            {
                "format": certificate.FORMAT,
                "export": self.export,
                "began": self.began.isoformat(),
                "actor": self.who,
                "selection": self.plan.selection.plain,
                "generation": self.generation,
                "language": self.language,
                "stamp": self.stamp,
                "documents": len(self.plan.documents),
                "records": certificate.digest("\n".join(self.plan.records).encode()),
                "rights": certificate.digest(rights),
            }
        )


class Bag:
    """The stream of one export that is on record as `leaving`. `refusals` grows while it goes."""

    def __init__(
        self,
        request: Request,
        leaving: Leaving,
        certifier: Certifier,
        keys: Path,
        kept: Kept | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        self.request, self.leaving = request, leaving
        self.certifier, self.keys = certifier, keys
        self.refusals: list[Refusal] = []
        self.counts = {"documents": 0, "originals": 0, "copies": 0}
        self._out = BagWriter(request.base, request.began, kept)
        self._told = Description(request.language)
        self._progress = progress
        self._failed = False

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the ZIP. Raises AuditUnavailable, IntegrityError: then the file is not whole and shows it."""
        put = self._out.put_known
        yield from put(DECLARATION, DECLARED)
        yield from put(REQUEST, self.request.plain)
        for one in self.request.plan.refusals:
            self._refuse(one)
        folders = names.Folders()
        for dossier_id, planned in itertools.groupby(self.request.plan.documents, attrgetter("dossier")):
            records = [one.record for one in planned]
            yield from self._dossier(dossier_id, records, folders.of(dossier_id))
        yield from self._description()
        yield from self._frame()
        yield self._out.end()

    # ----------------------------------------------------------------- documents

    def _dossier(self, dossier_id: str, records: list[str], folder: str) -> Iterator[bytes]:
        try:
            dossier = self.leaving.dossier(dossier_id)
        except NotFound:
            for record in records:
                self._refuse(Refusal(record, "document", "export.refused.missing"))
            return
        exported: list[Given] = []
        for record in records:
            try:
                given = self.leaving.document(record)
            except NotFound:  # closed since it was planned
                self._refuse(Refusal(record, "document", "export.refused.missing"))
                continue
            yield from self._document(dossier, given, names.document(folder, dossier_id, record))
            exported.append(given)
        if exported:
            self._told.dossier(dossier, exported, folder)
            yield from self._listed(dossier, exported, folder)
            yield from self._out.put_known(f"{folder}/lich-su.json", _history(dossier, exported))

    def _listed(self, dossier: Dossier, exported: list[Given], folder: str) -> Iterator[bytes]:
        """Mục lục văn bản of what was exported of a dossier."""
        language, rows = self.request.language, [given.row for given in exported]
        whole = len(rows) == sum(item.access == "open" for item in dossier.items)
        papers = [lists.of_documents(dossier, rows, language, whole)]
        yield from self._out.put_known(f"{folder}/muc-luc.xlsx", files.as_xlsx(papers, language))
        if len(rows) <= lists.MOST:
            yield from self._out.put_known(f"{folder}/muc-luc.docx", files.as_docx(papers, language))

    def _document(self, dossier: Dossier, given: Given, folder: str) -> Iterator[bytes]:
        self.counts["documents"] += 1
        files = 0
        for place, (file, found) in enumerate(given.files, 1):
            if isinstance(found, str):
                continue  # among the plan's refusals
            path = names.original(folder, place, file.name)
            kept = self._out.resumed(path, file.sha256) or self._sound(given, file.name, found)
            if kept is None:
                continue
            yield from self._passed(path, kept)
            files += 1
            self._told.file(
                given.item.id, "original", path, file.name, kept.size, kept.sha256, file.media_type
            )
        self.counts["originals"] += files
        copy = yield from self._copy(given, f"{folder}/ban-sao.pdf")
        self._told.document(dossier, given.item, files, copy)

    def _sound(self, given: Given, name: str, found: Original) -> Measured | None:
        """The original, once every byte was held against its digest; None, and refused, when it is damaged."""
        try:
            made = measured(found.chunks)
            if (made.size, made.sha256) == (found.file.size, found.file.sha256):
                return made
        except (KhoError, OSError):
            pass
        self._damaged(given, "original", name)
        return None

    def _copy(self, given: Given, path: str) -> Iterator[bytes]:
        """The access copy; returns its path, "" when there is none."""
        if given.copy is None:
            return ""
        stamp = self.request.stamp
        made = self._out.resumed(path)
        try:
            made = made or measured(lambda: given.copy(stamp))
        except (IntegrityError, NotFound):
            self._damaged(given, "copy", "")
            return ""
        yield from self._passed(path, made)
        self.counts["copies"] += 1
        self._told.file(given.item.id, "copy", path, "ban-sao.pdf", made.size, made.sha256, "application/pdf")
        return path

    def _passed(self, path: str, made: Measured) -> Iterator[bytes]:
        if self._out.kept is None:
            yield from self._out.put(path, made)
        self._progress(self._out.bytes)

    def _damaged(self, given: Given, what: str, name: str) -> None:
        self._failed = True
        self._refuse(Refusal(given.item.id, what, "export.refused.damaged", name))

    def _refuse(self, one: Refusal) -> None:
        self.refusals.append(one)
        self._told.refusal(one)

    # ----------------------------------------------------------------- what is told of them

    def _description(self) -> Iterator[bytes]:
        told = self._told
        for name, table in tables().items():
            yield from self._written(f"data/mo-ta/{table['file']}.csv", lambda name=name: told.csv(name))
        yield from self._written("data/mo-ta/mo-ta.xml", told.xml)
        book = told.workbook()
        yield from self._written("data/mo-ta/mo-ta.xlsx", lambda: (book,))
        listed = files.as_xlsx([told.list_of_dossiers()], self.request.language)
        yield from self._written("data/mo-ta/muc-luc-ho-so.xlsx", lambda: (listed,))
        if len(told.lines) <= lists.MOST:
            paper = files.as_docx([told.list_of_dossiers()], self.request.language)
            yield from self._written("data/mo-ta/muc-luc-ho-so.docx", lambda: (paper,))

    def _written(self, name: str, content: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        yield from self._out.put(name, measured(content))

    def _frame(self) -> Iterator[bytes]:
        """Manifest, then what stands beside it, last the certificate that covers all."""
        out, language = self._out, self.request.language
        manifest = b"".join(_lines((name, digest) for name, digest, _ in out.payload))
        yield from self._written(MANIFEST, lambda: (manifest,))
        yield from self._written(INFO, lambda: (self._info(),))
        keys = self.keys.read_bytes()
        yield from self._written(certificate.KEYS, lambda: (keys,))
        yield from self._written(checker.NAME, lambda: (checker.page(language),))
        head = self.certifier.head()
        if head is None:
            raise AuditUnavailable("audit.unavailable", reason="no head")
        yield from self._certificate(head)
        listed = b"".join(_lines(sorted(out.tags.items())))
        yield from self._written(TAG_MANIFEST, lambda: (listed,))

    def _certificate(self, head: Head) -> Iterator[bytes]:
        told = self._certified(head)
        page = certificate.page(told, head, self.request.language)
        yield from self._written(certificate.PAGE, lambda: (page,))
        content = certificate.dumps(told | {"files": dict(sorted(self._out.tags.items()))})
        yield from self._written(certificate.JSON, lambda: (content,))
        seal = f"{self.certifier.seal(certificate.digest(content)).text}\n".encode()
        yield from self._written(certificate.SEAL, lambda: (seal,))

    def _certified(self, head: Head) -> dict[str, object]:
        request, leaving = self.request, self.leaving
        return {
            "format": certificate.FORMAT,
            "export": request.export,
            "base": request.base,
            "began": request.began.isoformat(),
            "ended": settings.now().isoformat(),
            "actor": request.who,
            "selection": request.plan.selection.plain,
            "generation": leaving.generation,
            "stamp": request.stamp,
            "counts": {
                **self.counts,
                "refused": len(self.refusals),
                "bytes": self._out.bytes,
                "files": len(self._out.payload),
            },
            "manifest": self._out.tags[MANIFEST],
            "log": {"entry": leaving.number, "head": head.text, "key": head.key, "log": head.log},
        }

    def _info(self) -> bytes:
        out, request = self._out, self.request
        rows = {
            "Bag-Software-Agent": "Kho",
            "Bagging-Date": f"{request.began:%Y-%m-%d}",
            "External-Identifier": request.export,
            "External-Description": say("export.bag.description", request.language),
            "Payload-Oxum": f"{out.bytes}.{len(out.payload)}",
            "Kho-CSV-Rule": say("export.bag.csv_rule", request.language),
        }
        return "".join(f"{name}: {value}\n" for name, value in rows.items()).encode()

    @property
    def damaged(self) -> bool:
        """Was something left out because its bytes are not what they should be?"""
        return self._failed


def _lines(rows: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    return (f"{digest}  {name}\n".encode() for name, digest in rows)


def _history(dossier: Dossier, exported: list[Given]) -> bytes:
    """The events of the dossier and of its exported documents, as PREMIS event units."""
    own = {dossier.id}
    for given in exported:
        own |= {
            given.item.id,
            *(file.path for file in given.item.files),
            *(file.sha256 for file in given.item.files),
        }
    told = tuple(
        replace(event, objects=tuple(one for one in event.objects if one in own))
        for event in dossier.events
        if _concerns(event, own)
    )
    return description.dump_events(replace(dossier, events=told))


def _concerns(event: Event, own: set[str]) -> bool:
    return not event.objects or bool(own.intersection(event.objects))
