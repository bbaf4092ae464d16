"""Writes one package: the bytes of each representation first, then what is said of them, the METS of the package last."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from archive.errors import IntegrityError
from archive.holdings import description
from archive.lookup.taking import Taken
from archive.messages import LANGUAGES, say
from archive.packages import ead, mets, premis
from archive.packages.content import Package, Part, Representation
from archive.packages.mets import Group, Sheet
from archive.packages.profile import table
from archive.packages.sinks import Sink
from archive.packages.stored import Stored

METS = "METS.xml"
DESCRIPTION, EVENTS = "metadata/other/description.json", "metadata/other/events.json"
"""The dossier as Kho keeps it (FORMAT.md): by these it is taken in again."""
XML, JSON, TEXT = "application/xml", "application/json", "text/plain"


def write(package: Package, taken: Taken, sink: Sink, created: str) -> int:
    """Write the whole package; bytes written. Raises IntegrityError when bytes are not what their digest says."""
    work = _Writing(package, taken, sink, created)
    pointers = [work.representation(each) for each in package.representations]
    work.package(pointers)
    return work.size


class _Writing:
    def __init__(self, package: Package, taken: Taken, sink: Sink, created: str) -> None:
        self.of, self._taken, self._sink, self._created = package, taken, sink, created
        self.size = 0

    # ----------------------------------------------------------------- representations

    def representation(self, representation: Representation) -> Stored:
        """Its data, the descriptions of its documents, their PREMIS; its METS, which is returned."""
        base = f"representations/{representation.name}"
        data = [self._part(f"{base}/data", part) for part in representation.parts]
        documents = self._documents(base) if representation.use == "originals" else []
        known = premis.files(representation, data)
        about = self._say(f"{base}/metadata/preservation/PREMIS_{representation.name}.xml", known, XML)
        sheet = self._sheet(
            f"{self.of.id}/{representation.name}",
            base=base,
            prefix=representation.name,
            descriptive=tuple((file, "TT05-2025-BNV") for file in documents),
            preservation=((about, "PREMIS"),),
            groups=(Group("Data", tuple(data)),) if data else (),
        )
        return self._say(f"{base}/{METS}", mets.dump(sheet), XML)

    def _part(self, folder: str, part: Part) -> Stored:
        path = f"{folder}/{part.path}"
        copied = self._sink.put(path, part.chunks(self._taken))
        if part.sha256 not in (None, copied.sha256) or part.size not in (None, copied.size):
            raise IntegrityError("error.integrity", path=path)
        self.size += copied.size
        return Stored(path, part.media_type, copied.size, copied.sha256, part)

    def _documents(self, base: str) -> list[Stored]:
        dossier = self.of.dossier
        return [
            self._say(
                f"{base}/metadata/descriptive/EAD_doc_{item.ordinal:03d}.xml",
                ead.document(dossier, item),
                XML,
            )
            for item in dossier.items
            if item.access == "open"
        ]

    # ----------------------------------------------------------------- the package

    def package(self, pointers: list[Stored]) -> None:
        dossier = self.of.dossier
        described = self._say(
            "metadata/descriptive/EAD.xml", ead.whole(dossier, self.of.id, self._created), XML
        )
        ours = self._say(DESCRIPTION, description.dump(dossier), JSON)
        happened = self._say("metadata/preservation/PREMIS.xml", premis.whole(self.of), XML)
        events = self._say(EVENTS, description.dump_events(dossier), JSON)
        form = self._say("schemas/document.xsd", Path(__file__).with_name("document.xsd").read_bytes(), XML)
        readme = [
            self._say(f"documentation/README.{each}.txt", self._readme(each), TEXT) for each in LANGUAGES
        ]
        uses = zip(self.of.representations, pointers, strict=True)
        sheet = self._sheet(
            self.of.id,
            descriptive=((described, "EAD"), (ours, "KHO")),
            preservation=((happened, "PREMIS"), (events, "KHO")),
            groups=(
                Group("Documentation", tuple(readme)),
                Group("Schemas", (form,)),
                *(Group(f"Representations/{each.name}", (file,)) for each, file in uses),
            ),
            pointers=tuple(pointers),
        )
        self._say(METS, mets.dump(sheet), XML)

    def _readme(self, language: str) -> bytes:
        dossier = self.of.dossier
        held = "\n".join(
            say(f"packages.holds.{each.use}", language, folder=f"representations/{each.name}")
            for each in self.of.representations
        )
        text = say(
            "packages.readme",
            language,
            kind=self.of.kind,
            title=dossier.title or dossier.code,
            id=dossier.id,
            unit=dossier.fonds.unit.name,
            fonds=dossier.fonds.title,
            created=self._created,
            held=held,
            withheld=len(self.of.withheld),
        )
        return (text.strip() + "\n").encode()

    def _sheet(self, id_: str, **about) -> Sheet:
        dossier = self.of.dossier
        category = table()["content"].get(dossier.kind, table()["content"]["dossier"])
        label = dossier.title or dossier.code
        unit = dossier.fonds.unit
        return Sheet(self.of.kind, id_, label, category, unit, self._created, version("kho"), **about)

    def _say(self, path: str, content: bytes, media_type: str) -> Stored:
        copied = self._sink.put(path, [content])
        self.size += copied.size
        return Stored(path, media_type, copied.size, copied.sha256)
