"""The generations as `kho verify` checks them: digests first; only then is anything opened, and the counts compared."""

from __future__ import annotations

import os
from collections.abc import Mapping

from archive.errors import EngineError, IntegrityError
from archive.model import Finding
from archive.publishing import generation
from archive.publishing.generation import Generation
from archive.settings import Settings


def check(settings: Settings) -> list[Finding]:
    """Every generation that is kept, and the link to the one in use."""
    folders = sorted(generation.generations_folder(settings).glob("[0-9]" * 6))
    if not folders and not os.path.lexists(settings.published / generation.CURRENT):
        return []
    in_use = generation.find(settings)
    if in_use is None or in_use.folder not in folders:
        where = f"{settings.published.name}/{generation.CURRENT}"
        return [Finding("fixity.generation_current", "error", where)]
    others = [Generation(folder) for folder in folders if folder != in_use.folder]
    return [*_used(in_use), *(finding for other in others for finding in other.check())]


def _used(published: Generation) -> list[Finding]:
    findings = published.check()
    if findings:
        return findings
    if not published.readable:
        values = {"format": published.manifest.format}
        return [Finding("fixity.generation_format", "error", published.name, values=values)]
    try:
        counts, indexed = published.catalogue().counts(), published.index().count()
    except EngineError as error:
        return [Finding("fixity.generation_unreadable", "error", published.name, values=error.values)]
    if counts != published.manifest.counts or counts["open_items"] != indexed:
        values = {"catalogue": str(counts["open_items"]), "index": str(indexed)}
        return [Finding("fixity.generation_counts", "error", published.name, values=values)]
    return []


def states(published: Generation) -> Mapping[str, str]:
    """Dossier -> state as published; {} when the generation is not as it was sealed."""
    try:
        if published.check(only="catalogue/") or not published.readable:
            return {}
        return published.catalogue().states()
    except (IntegrityError, EngineError):
        return {}
