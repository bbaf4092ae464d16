"""received = kept + duplicates + refused, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.batch.folder import Listed, plan
from ingest.batch.survey import Refusal
from ingest.reports.accounting import account, files_of

NAMES = st.lists(
    st.from_regex(r"(A/|B/|B/c/)?[a-c]{1,2}[0-9]?\.(jpg|pdf|tif|xlsx)", fullmatch=True), unique=True
)


@given(names=NAMES, draw=st.data())
def test_every_file_has_exactly_one_fate(names, draw):
    contents = {name: draw.draw(st.sampled_from("stuvwxyz"), label=name) for name in names}
    refusals = [Refusal("hong.pdf", "refused.broken")]
    found = account(
        plan([Listed(name) for name in names], "b"), contents, refusals, {"s": "cu"}, {"t": "Mật"}
    )
    assert sorted(fate.file for fate in found.fates) == sorted([*names, "hong.pdf"])
    counts = found.counts
    assert counts["received"] == counts["kept"] + counts["duplicates"] + counts["refused"] == len(names) + 1
    kept = [contents[fate.file] for fate in found.of_kind("kept")]
    assert len(set(kept)) == len(kept) and not {"s", "t"} & set(kept)


def test_the_first_in_order_is_kept_and_the_next_names_it():
    planned = plan([Listed("A/1.pdf"), Listed("B/1.pdf")], "b")
    kept, repeated = account(planned, {"A/1.pdf": "x", "B/1.pdf": "x"}, [], {}, {}).fates
    assert (kept.kind, repeated.kind, repeated.of) == ("kept", "duplicate", "A/1.pdf")
    assert list(files_of(planned)) == ["A/1.pdf", "B/1.pdf"]
