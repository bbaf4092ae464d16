"""What a document says: the fields of its letterhead and its body. No geometry, no pixels."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from samples import texts
from samples.layout import Span

Era = str
"""Layout in force: `nd30` (Nghị định 30/2020 and the like since 2005), `typed` (the 1990s), `party`."""


@dataclass(frozen=True)
class Creator:
    """An office that issues documents. Lines as they stand in the heading; `head` and `deputy` sign, `executors` carry out."""

    parent: str
    name: tuple[str, ...]
    notation: str
    place: str
    authority: str
    head: str
    deputy: str
    seal: str
    short: str
    executors: str

    @property
    def issuer(self) -> str:
        return " ".join(self.name)


@dataclass(frozen=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]


Paragraph = tuple[Span, ...]


@dataclass(frozen=True)
class Document:
    """`number` or `day` may be unknown (None): drafts are kept with blanks."""

    era: Era
    face: str
    creator: Creator
    number: int | None
    notation: str
    issued: date
    blank_day: bool
    type_name: str
    subject: str
    addressees: tuple[str, ...]
    grounds: tuple[str, ...]
    body: tuple[Paragraph | Table, ...]
    recipients: tuple[str, ...]
    signing: tuple[str, ...]
    signer: str
    secrecy: str = ""
    urgency: str = ""
    size: float = 13.5

    @property
    def code(self) -> str:
        """Số/ký hiệu as printed; "" on a draft without number."""
        if self.number is None:
            return ""
        number = f"{self.number:02d}" if self.number < 10 else str(self.number)
        return f"{number}-{self.notation}" if self.era == "party" else f"{number}/{self.notation}"

    def fields(self) -> dict[str, str]:
        """The true letterhead fields under the names of archive.model.FIELD_NAMES; blank ones are absent."""
        day = f"{self.issued:%Y-%m}" if self.blank_day else self.issued.isoformat()
        found = {
            "code_number": self.code and (f"{self.number:02d}" if self.number < 10 else str(self.number)),
            "code_notation": self.notation,
            "code": self.code,
            "issued_date": day,
            "issuer": self.creator.issuer,
            "parent_issuer": self.creator.parent,
            "type_name": self.type_name,
            "subject": self.subject,
            "recipients": "\n".join(self.recipients),
            "addressees": "\n".join(self.addressees),
            "signer": self.signer,
            "signer_position": self.signing[-1].capitalize(),
            "secrecy": self.secrecy,
            "urgency": self.urgency,
            "place": self.creator.place,
        }
        return {name: value for name, value in found.items() if value}


def invent(
    source: random.Random, creator: Creator, kind: str, topic: str, issued: date, **wishes: object
) -> Document:
    """A document of a kind (key of words/kinds.toml). `wishes`: era, face, length (paragraphs), table, draft,
    secrecy, urgency, trap (a sentence that must not be taken for a secrecy mark), personal (a sentence with numbers
    of an invented person)."""
    form = texts.words("kinds")[kind]
    era = wishes.get("era", "nd30")
    writer = texts.Writer(source, topic, issued)
    deputy = source.random() < 0.4
    subject = ("Kết quả " if kind == "bao-cao" else "") + writer.subject()
    return Document(
        era=era,
        face=wishes.get("face", "tinos"),
        creator=creator,
        number=None if wishes.get("draft") else source.randint(2, 1850),
        notation=_notation(form, creator, era, writer),
        issued=issued,
        blank_day=bool(wishes.get("draft")),
        type_name=form["name"],
        subject=subject,
        addressees=tuple(source.sample(form["addressees"], 1)) if form.get("addressees") else (),
        grounds=tuple(writer.grounds(int(form.get("grounds", 0)))),
        body=tuple(_body(source, writer, form, creator, subject, wishes)),
        recipients=_recipients(source, form, creator, era),
        signing=_signing(creator, era, deputy),
        signer=texts.person(source),
        secrecy=wishes.get("secrecy", ""),
        urgency=wishes.get("urgency", ""),
        size=source.choice((13.0, 13.5, 14.0)) if era == "nd30" else 13.0,
    )


def _notation(form: dict, creator: Creator, era: Era, writer: texts.Writer) -> str:
    short = form.get("short", "")
    office = creator.notation.replace("UBND", "UB") if era == "typed" else creator.notation
    if era == "party":
        return f"{short or 'CV'}/{office}"
    handler = next((unit for unit in writer.topic["units"] if unit != office), "VP")
    return f"{short}-{office}" if short else f"{office}-{handler}"


def _body(
    source: random.Random, writer: texts.Writer, form: dict, creator: Creator, subject: str, wishes: dict
) -> list[Paragraph | Table]:
    length = int(wishes.get("length", 7))
    if form["body"] == "articles":
        articles = _articles(writer, creator, subject, length)
        body: list[Paragraph | Table] = [
            ((f"Điều {n}.", "b"), (said, "r")) for n, said in enumerate(articles, 1)
        ]
    else:
        body = [((said, "r"),) for said in _prose(writer, form["body"], length)]
    for sentence in ("trap", "personal"):
        if wishes.get(sentence):
            body.insert(1, ((texts.words("kinds")[sentence], "r"),))
    if wishes.get("table"):
        body.insert(len(body) - 1, _table(source, int(wishes["table"])))
    return body


def _articles(writer: texts.Writer, creator: Creator, subject: str, length: int) -> list[str]:
    first = f"{subject[:1].upper()}{subject[1:]}, với những nội dung quy định tại các điều dưới đây."
    last = texts.words("kinds")["last_article"].format(executors=creator.executors)
    return [first, *writer.tasks(max(2, length - 2)), last]


def _prose(writer: texts.Writer, body: str, length: int) -> list[str]:
    """An opening, facts two by two, numbered tasks, a closing."""
    count = length // 2 if body == "mixed" else length
    facts = writer.facts(count)
    pairs = [" ".join(facts[n : n + 2]) for n in range(0, count, 2)]
    numbered = [f"{n}. {said}" for n, said in enumerate(writer.tasks(length - count), 1)]
    return [writer.opening(), *pairs, *numbered, writer.closing(body)]


def _table(source: random.Random, rows: int) -> Table:
    places = texts.words("units")
    names = source.choices(places["hamlets"], k=rows)
    cells = tuple(
        (str(n), texts.person(source), name, f"{source.randint(60, 990)},{source.randint(0, 9)}", f"{source.randint(1, 98)}.{source.choice(('000', '500'))}.000")
        for n, name in enumerate(names, 1)
    )  # fmt: skip
    return Table(tuple(texts.words("kinds")["table_header"]), cells, (0.09, 0.32, 0.22, 0.17, 0.2))


def _recipients(source: random.Random, form: dict, creator: Creator, era: Era) -> tuple[str, ...]:
    first = (
        "- Như trên;"
        if form.get("addressees")
        else f"- Như Điều {source.randint(2, 3)};"
        if form["body"] == "articles"
        else ""
    )
    others = source.sample(texts.words("kinds")["recipients"], source.randint(2, 4))
    last = f"- Lưu: VT, {creator.short}." if era != "party" else "- Lưu Văn phòng."
    return tuple(line for line in (first, *others, last) if line)


def _signing(creator: Creator, era: Era, deputy: bool) -> tuple[str, ...]:
    authority = creator.authority.replace("TM.", "T/M") if era == "party" else creator.authority
    opening = (authority,) if authority else ()
    if era == "party":
        return (*opening, creator.deputy if deputy else creator.head)
    return (*opening, f"KT. {creator.head}", creator.deputy) if deputy else (*opening, creator.head)
