"""KIEM-TRA.html in a real browser from file://, cut off from every network: good bags pass, changed ones are named."""

import base64
import hashlib
import random
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.export.selection import Selection
from archive.export.verify import verify
from tests import homes
from tests.exports import export
from tests.journeys.browser import launched


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def bag(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bag")
    export(homes.build(folder), folder / "o.zip", Selection("fonds", "H01.12"))
    with zipfile.ZipFile(folder / "o.zip") as packed:
        packed.extractall(folder / "unpacked")
    return folder / "o.zip"


@pytest.fixture
def page(browser, bag):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith("file:") or page.problems.append(asked.url))
    (checker,) = (bag.parent / "unpacked").rglob("KIEM-TRA.html")
    page.goto(checker.as_uri())
    yield page
    assert not page.problems
    context.close()


def verdict(page, given, field: str = "#zip") -> tuple[str, list[str]]:
    page.set_input_files(field, given)
    page.wait_for_selector("#verdict.good, #verdict.bad", timeout=20_000)
    return page.get_attribute("#verdict", "class"), page.locator("#findings li").all_inner_texts()


def test_a_good_bag_passes_as_zip_and_as_folder_in_both_languages(page, bag):
    assert verdict(page, bag) == ("good", [])
    assert "Nguyên vẹn: 40 tệp" in page.inner_text("#verdict") and "may" in page.inner_text("#facts")
    page.click("#language")
    assert "Intact: 40 files" in page.inner_text("#verdict")
    assert verdict(page, bag.parent / "unpacked", "#folder") == ("good", [])


def test_a_key_held_outside_is_compared(page, bag):
    verdict(page, bag)
    told = verify(bag).certificate
    for outside, right in ((told["log"]["key"], True), (told["log"]["head"], True), ("0" * 16, False)):
        page.fill("#outside", outside)
        page.press("#outside", "Tab")
        page.wait_for_selector("#verdict.good" if right else "#verdict.bad")


def test_changed_bags_are_refused_and_the_changed_file_is_named(page, bag, tmp_path):
    sound, chance = bag.read_bytes(), random.Random(1)
    with zipfile.ZipFile(bag) as packed:
        entries = packed.infolist()
    for number in range(12):
        one, body = chance.choice(entries), bytearray(sound)
        place = one.header_offset + 30 + len(one.filename) + chance.randrange(one.file_size)
        body[place] ^= 1 << chance.randrange(8)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(body)
        page.reload()
        found, told = verdict(page, path)
        assert found == "bad" and any(one.filename.partition("/")[2] in line for line in told), one.filename


def test_a_bag_sealed_anew_by_another_key_does_not_pass(page, bag, tmp_path):
    """Somebody changes a file, mends every list and certificate, and seals with a key of his own."""
    private = Ed25519PrivateKey.generate()
    folder = tmp_path / "x"
    with zipfile.ZipFile(bag) as packed:
        packed.extractall(folder)
    (base,) = folder.iterdir()
    seal = (base / "chung-nhan.sig").read_text().split()
    text = " ".join(seal[:-1])
    forged = base64.urlsafe_b64encode(private.sign(text.encode())).decode()
    (base / "chung-nhan.sig").write_text(f"{text} {forged}\n")
    tags = (base / "tagmanifest-sha256.txt").read_text().splitlines()
    mended = hashlib.sha256((base / "chung-nhan.sig").read_bytes()).hexdigest()
    tags = [f"{mended}  chung-nhan.sig" if line.endswith("  chung-nhan.sig") else line for line in tags]
    (base / "tagmanifest-sha256.txt").write_text("\n".join(tags) + "\n")
    found, told = verdict(page, folder, "#folder")
    assert found == "bad" and len(told) == 1 and "chữ ký sai" in told[0]
    assert [one.code for one in verify(folder).findings] == ["export.found.seal_false"]


def test_its_digests_and_signatures_are_those_of_others(page):
    chance = random.Random(2)
    for size in [
        0,
        1,
        55,
        56,
        63,
        64,
        65,
        111,
        112,
        127,
        128,
        129,
        *(chance.randrange(5000) for _ in range(20)),
    ]:
        body = chance.randbytes(size)
        given = page.evaluate(
            "b => [sha256(Uint8Array.from(b)), [...sha512(Uint8Array.from(b))]]", list(body)
        )
        assert given == [hashlib.sha256(body).hexdigest(), list(hashlib.sha512(body).digest())]
    for number in range(12):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        text = f"mốc {number}"
        public, signature = private.public_key().public_bytes_raw(), private.sign(text.encode())
        asked = "([k, t, s]) => signed(Uint8Array.from(k), t, Uint8Array.from(s))"
        assert page.evaluate(asked, [list(public), text, list(signature)])
        wrong = bytearray(signature)
        wrong[chance.randrange(64)] ^= 1 << chance.randrange(8)
        assert not page.evaluate(asked, [list(public), text, list(wrong)])
        assert not page.evaluate(asked, [list(public), text + "x", list(signature)])
