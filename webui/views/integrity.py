"""What `kho verify` found and how long ago, for those who care for the whole archive. Nothing is checked here."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template

from archive.holdings import heads, ledger
from archive.settings import now
from webui.context import lookup
from webui.policy import integrity_reader

views = Blueprint("integrity", __name__)

MOST_SHOWN = 200
OFTEN = 30
"""Days within which every byte should be looked at once."""


@views.get("/integrity")
@integrity_reader
def show() -> str:
    """How old the oldest unchecked byte is, how the last check ended, what is damaged."""
    found = ledger.status(lookup().settings.home / heads.FOLDER)
    days = (now() - datetime.fromisoformat(found.oldest)).days if found.oldest else None
    return render_template(
        "integrity.html",
        status=found,
        days=days,
        late=days is not None and days > OFTEN,
        findings=found.findings[:MOST_SHOWN],
        often=OFTEN,
    )
