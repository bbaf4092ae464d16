"""One page of a document as an image, and its words as data for the viewer."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from archive.errors import IntegrityError, NotFound
from webui import images
from webui.context import reader
from webui.identity import actor
from webui.policy import signed_in

views = Blueprint("page", __name__)


@views.get("/item/<item_id>/page/<int:number>/image")
@signed_in
def image(item_id: str, number: int) -> Response:
    """JPEG of the upright page at one of the fixed widths (`w`)."""
    shown = reader().page_image(actor(), item_id, number)
    wanted = request.args.get("w", "900")
    if wanted not in {str(width) for width in images.WIDTHS}:
        raise NotFound()
    try:
        return Response(shown.jpeg(int(wanted)), mimetype="image/jpeg")
    except (OSError, ValueError, SyntaxError) as error:
        raise IntegrityError("error.damaged_page", item=item_id, page=number) from error


@views.get("/item/<item_id>/page/<int:number>/words.json")
@signed_in
def words(item_id: str, number: int) -> Response:
    """Words and hits with their boxes [left, top, right, bottom] in pixels of the full image."""
    page = reader().page(actor(), item_id, number, request.args.get("q", "").strip())
    reading = page.reading
    return jsonify(
        width=reading.width,
        height=reading.height,
        words=[[word.text, *word.box, round(word.confidence)] for word in reading.words],
        hits=[list(box) for box in page.hits],
    )
