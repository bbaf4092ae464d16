"""The Merkle tree against the public test vectors of Certificate Transparency and against its own definition."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.audit import chain

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def by_definition(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return chain.node(by_definition(leaves[:k]), by_definition(leaves[k:]))


def leaves_of(count):
    return [chain.leaf(b"%d" % number) for number in range(count)]


@pytest.mark.parametrize("size", ROOTS)
def test_public_vectors(size):
    assert chain.root([chain.leaf(content) for content in INPUTS[:size]]).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [0, 1, 5, 63, 64, 65, 128, 200, 1000])
def test_blocks_single_steps_and_the_definition_agree(size):
    leaves = leaves_of(size)
    tree = chain.Tree()
    for digest in leaves:
        tree.append(digest)
    assert tree.root() == chain.root(leaves) == by_definition(leaves)


def test_a_tree_goes_on_from_its_peaks():
    leaves = leaves_of(300)
    tree = chain.Tree()
    tree.extend(leaves[:170])
    later = chain.Tree(tree.size, tree.peaks)
    later.extend(leaves[170:])
    assert later.root() == chain.root(leaves)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 130), st.data())
def test_inclusion_proofs_hold_for_their_line_only(size, data):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    path, top = chain.Layers(leaves).path(index), chain.root(leaves)
    assert chain.includes(leaves[index], index, size, path, top)
    assert not chain.includes(chain.leaf(b"other"), index, size, path, top)
    assert not chain.includes(leaves[index], index, size, [*path, top], top)
    other = data.draw(st.integers(0, size - 1))
    assert other == index or not chain.includes(leaves[index], other, size, path, top)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 130), st.data())
def test_consistency_proofs_hold_for_true_beginnings_only(size, data):
    first = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    proof = chain.consistency(leaves, first)
    old, new = chain.root(leaves[:first]), chain.root(leaves)
    assert chain.extends(first, old, size, new, proof)
    forged = chain.root([chain.leaf(b"other"), *leaves[1:first]])
    assert not chain.extends(first, forged, size, new, proof)
