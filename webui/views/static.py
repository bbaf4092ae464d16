"""Our own style sheet, scripts and the vendored viewer; each address carries a digest of the content."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, url_for

from webui.policy import public

views = Blueprint("static", __name__)

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


@cache
def _files() -> dict[str, Path]:
    """Relative path -> file: the allow-list of what is served."""
    return {
        path.relative_to(FOLDER).as_posix(): path
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix in TYPES
    }


@cache
def _content(name: str) -> tuple[bytes, bytes, str]:
    """(bytes, gzipped bytes, short digest) of a file."""
    content = _files()[name].read_bytes()
    return content, gzip.compress(content, 9, mtime=0), hashlib.sha256(content).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file."""
    return url_for("static.file", digest=_content(name)[2], name=name)


@views.get("/static/<digest>/<path:name>")
@public
def file(digest: str, name: str) -> Response:
    if name not in _files() or digest != _content(name)[2]:
        abort(404)
    content, packed, _ = _content(name)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(packed if zipped else content, mimetype=TYPES[_files()[name].suffix])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response


@views.get("/favicon.ico")
@public
def favicon() -> Response:
    content, _, _ = _content("mark.svg")
    return Response(content, mimetype=TYPES[".svg"], headers={"Cache-Control": "public, max-age=86400"})
