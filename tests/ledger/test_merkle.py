"""The tree of RFC 9162: its published vectors, `pymerkle` as a second opinion, and proofs that hold for nothing else."""

from collections.abc import Callable, Sequence

import pymerkle  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Forged
from charlevoix.ledger import merkle

some = settings(max_examples=80, deadline=None)

# The inputs and roots that implementations of RFC 6962 have been held against since the first of them.
INPUTS = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PROOF_OF_5_IN_8 = [  # leaf 5 (counted from 0) of eight
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
PROOF_FROM_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def reader(leaves: list[bytes]) -> merkle.Node:
    """Complete subtrees, each computed from its leaves."""

    def node(height: int, position: int) -> bytes:
        if height == 0:
            return merkle.leaf_hash(leaves[position])
        return merkle.node_hash(node(height - 1, 2 * position), node(height - 1, 2 * position + 1))

    return node


def numbered(count: int) -> list[bytes]:
    return [b"%d" % n for n in range(count)]


def peer(leaves: list[bytes]) -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(leaves)
    return tree


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert merkle.root(size, reader(INPUTS)).hex() == ROOTS[size]


def test_the_proofs_are_those_of_the_published_vectors() -> None:
    assert [step.hex() for step in merkle.inclusion(5, 8, reader(INPUTS))] == PROOF_OF_5_IN_8
    assert [step.hex() for step in merkle.consistency(6, 8, reader(INPUTS))] == PROOF_FROM_6_TO_8


@some
@given(st.integers(1, 300), st.data())
def test_pymerkle_makes_the_same_root_and_the_same_inclusion_proof(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    other, path = peer(leaves), merkle.inclusion(index, size, reader(leaves))
    assert merkle.root(size, reader(leaves)) == other.get_root()
    proof = other.prove_inclusion(index + 1, size)  # counts from one
    assert proof.path == [merkle.leaf_hash(leaves[index]), *path]
    merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, size, path, other.get_root())


@some
@given(st.integers(0, 300), st.integers(0, 300))
def test_any_earlier_tree_is_shown_to_be_the_start_of_any_later_one(a: int, b: int) -> None:
    earlier, later = sorted((a, b))
    node, other = reader(numbered(later)), peer(numbered(later))
    path = merkle.consistency(earlier, later, node)
    merkle.verify_consistency(earlier, later, path, other.get_root(earlier), other.get_root(later))


@some
@given(st.integers(2, 200), st.data())
def test_a_proof_with_one_changed_bit_is_refused(size: int, data: st.DataObject) -> None:
    node = reader(numbered(size))
    index, earlier = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    root, before = merkle.root(size, node), merkle.root(earlier, node)
    proofs: list[tuple[tuple[bytes, ...], Callable[[Sequence[bytes]], None]]] = [
        (merkle.inclusion(index, size, node), lambda p: merkle.verify_inclusion(node(0, index), index, size, p, root)),
        (merkle.consistency(earlier, size, node), lambda p: merkle.verify_consistency(earlier, size, p, before, root)),
    ]
    for path, proves in proofs:
        proves(path)
        spot, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        changed = (int.from_bytes(path[spot], "big") ^ (1 << bit)).to_bytes(32, "big")
        for wrong in ((*path[:spot], changed, *path[spot + 1 :]), path[1:], (*path, bytes(32)), (b"", *path)):
            with pytest.raises(Forged):
                proves(wrong)


@some
@given(st.integers(2, 200), st.data())
def test_a_proof_fits_no_other_leaf_index_or_size(size: int, data: st.DataObject) -> None:
    node = reader(numbered(size))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    path, root = merkle.inclusion(index, size, node), merkle.root(size, node)
    for leaf, at, of in ((node(0, other), index, size), (node(0, index), other, size), (node(0, index), size, size)):
        with pytest.raises(Forged):
            merkle.verify_inclusion(leaf, at, of, path, root)


@pytest.mark.parametrize(("earlier", "later"), [(0, 0), (0, 5), (5, 5)])
def test_a_proof_that_needs_nothing_is_empty_and_anything_in_it_is_refused(earlier: int, later: int) -> None:
    node = reader(numbered(later))
    roots = merkle.root(earlier, node), merkle.root(later, node)
    assert merkle.consistency(earlier, later, node) == ()
    merkle.verify_consistency(earlier, later, (), *roots)
    with pytest.raises(Forged):
        merkle.verify_consistency(earlier, later, (bytes(32),), *roots)
    with pytest.raises(Forged):
        merkle.verify_consistency(earlier, later, (), bytes(32), roots[1])


def test_a_log_that_shrank_has_no_proof() -> None:
    node = reader(numbered(5))
    with pytest.raises(ValueError, match="no proof from 5 to 4"):
        merkle.consistency(5, 4, node)
    with pytest.raises(Forged):
        merkle.verify_consistency(5, 4, (), merkle.root(5, node), merkle.root(4, node))
    with pytest.raises(ValueError, match="no leaf 5 in a tree of 5"):
        merkle.inclusion(5, 5, node)
