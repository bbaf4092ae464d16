"""An official paper as a download."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Response

from archive.papers import files
from archive.papers.files import Filled
from webui.context import language

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def paper_file(papers: Sequence[Filled], ending: str, name: str) -> Response:
    """The papers in one file, under a plain name."""
    make = files.as_xlsx if ending == "xlsx" else files.as_docx
    response = Response(make(papers, language()), mimetype=_TYPES[ending])
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}.{ending}"'
    return response
