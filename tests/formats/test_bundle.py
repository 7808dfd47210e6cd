import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.formats import bundle
from charlevoix.formats.bundle import Piece, split, write
from charlevoix.stix.object import read_object

TEXT = st.text(st.sampled_from('a{}[],:"\\ \né'), max_size=8)
VALUES = st.recursive(
    TEXT | st.integers(-9, 9) | st.none(), lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXT, part, max_size=3)
)
OBJECTS = st.lists(
    st.dictionaries(TEXT.filter(lambda name: name != "objects"), VALUES, max_size=4).map(lambda rest: {"type": "x-note"} | rest),
    max_size=8,
)


@pytest.fixture(params=[3, 64, 1 << 20], ids=lambda size: f"window of {size} bytes")
def window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(bundle, "_WINDOW", request.param)
    return int(request.param)


def whole(pieces: list[Piece]) -> list[object]:
    assert all(piece.broken is None for piece in pieces), [piece.broken for piece in pieces]
    return [json.loads(piece.raw) for piece in pieces]


def broken(pieces: list[Piece]) -> list[tuple[int, str]]:
    return [(piece.offset, piece.broken.reason.rule) for piece in pieces if piece.broken is not None]


@settings(max_examples=100, deadline=None)
@given(OBJECTS, st.sampled_from([None, 0, 4]), st.sampled_from(["bundle", "list", "envelope"]), st.sampled_from([1, 7, 200, 1 << 20]))
def test_any_file_comes_apart_into_what_json_sees_in_it(objects: list[dict[str, object]], indent: int | None, form: str, size: int) -> None:
    file: object = {
        "bundle": {"type": "bundle", "id": "bundle--1", "objects": objects, "x_after": {"objects": [1]}},
        "list": objects,
        "envelope": {"more": True, "next": '"objects":[', "objects": objects},
    }[form]
    raw = json.dumps(file, indent=indent, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "_WINDOW", size)
        pieces = list(split(raw))
    assert whole(pieces) == objects
    assert all(raw[piece.offset : piece.offset + len(piece.raw)] == piece.raw for piece in pieces)


@settings(max_examples=100, deadline=None)
@given(OBJECTS)
def test_what_is_written_comes_apart_again(objects: list[dict[str, object]]) -> None:
    assert whole(list(split(write(objects)))) == objects
    assert write(objects) == write(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode() for part in objects)


def test_a_written_bundle_has_an_id_that_follows_from_its_contents_and_no_empty_list() -> None:
    one, other = read_object(write([{"a": 1}])), read_object(write([{"a": 2}]))
    assert one["type"] == "bundle"
    assert str(one["id"]).startswith("bundle--")
    assert one["id"] != other["id"]
    assert "objects" not in read_object(write([]))


@settings(max_examples=100, deadline=None)
@given(OBJECTS.filter(bool), st.data())
def test_a_truncated_file_gives_what_is_whole_and_then_one_broken_piece(objects: list[dict[str, object]], data: st.DataObject) -> None:
    raw = write(objects)
    cut = data.draw(st.integers(1, len(raw) - 1))
    pieces = list(split(raw[:cut]))
    assert [piece.raw for piece in pieces[:-1]] == [piece.raw for piece in split(raw)][: len(pieces) - 1]
    assert broken(pieces) == [(pieces[-1].offset, "bundle.truncated")]
    assert all(piece.broken is None for piece in pieces[:-1])


@settings(max_examples=100, deadline=None)
@given(
    st.text(alphabet='{}[]",:\\ a1', max_size=40) | st.binary(max_size=20).map(lambda raw: raw.decode("latin-1")),
    st.sampled_from([1, 5, 999]),
)
def test_whatever_bytes_come_pieces_come_out_and_the_window_makes_no_difference(text: str, size: int) -> None:
    raw = text.encode("latin-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "_WINDOW", size)
        pieces = list(split(raw))
    assert [(p.offset, p.raw, broken([p])) for p in pieces] == [(p.offset, p.raw, broken([p])) for p in split(raw)]


@pytest.mark.mission("C10")
def test_an_object_with_bad_syntax_costs_only_itself(window: int) -> None:
    raw = b'{"objects":[' + b",".join([b'{"type":"a","n":%d}' % n for n in range(50)] + [b'{"type":tru}'] + [b'{"type":"b"}'] * 50) + b"]}"
    pieces = list(split(raw))
    assert len(pieces) == 101
    assert broken(pieces) == []
    bad = [piece for piece in pieces if piece.raw == b'{"type":tru}']
    assert len(bad) == 1
    with pytest.raises(Malformed, match=r"json\.syntax"):
        read_object(bad[0].raw)


def test_a_missing_brace_swallows_the_rest_and_says_so(window: int) -> None:
    pieces = list(split(b'{"objects":[{"a":1},{"b":{"c":2},{"d":3}]}'))
    assert pieces[0].raw == b'{"a":1}'
    assert broken(pieces) == [(20, "bundle.unbalanced")]


@pytest.mark.parametrize(
    ("raw", "good", "flaws"),
    [
        (b"", 0, [(0, "bundle.not-json")]),
        (b"  \n", 0, [(3, "bundle.not-json")]),
        (b"domain,created", 0, [(0, "bundle.not-json")]),
        (b"{}", 0, []),  # an empty TAXII envelope (section 3.7)
        (b'{"more":false}', 0, []),
        (b'{"type":"bundle","id":"bundle--1"}', 0, []),
        (b'{"type":"bundle","objects":{}}', 0, [(0, "bundle.objects")]),
        (b'{"type":"note","content":"x"}', 1, []),
        (b'{"type":"observed-data","objects":{"0":{"type":"url"}}}', 1, []),
        (b'{"type":"note","content":1e999}', 1, []),  # whoever reads the piece explains
        (b'{"type":"note"}{', 1, [(15, "bundle.after-end")]),
        (b"[]", 0, []),
        (b"[{},{}]", 2, []),
        (b"[{},]", 1, [(4, "bundle.separator")]),
        (b"[,{}]", 0, [(1, "bundle.unbalanced")]),
        (b"[{} {}]", 1, [(4, "bundle.separator")]),
        (b"[{},1,{}]", 2, [(4, "bundle.not-object")]),
        (b'[{},"x]",[{}],null,{}]', 2, [(4, "bundle.not-object"), (9, "bundle.not-object"), (14, "bundle.not-object")]),
        (b"[{}] x", 1, [(5, "bundle.after-end")]),
        (b'{"objects":[{}],"objects":[{}]}', 1, [(15, "json.duplicate-key")]),
        (b'{"objects":[{}],"more":NaN}', 1, [(15, "json.not-a-number")]),
        (b'{"objects":[{}]', 1, [(15, "bundle.truncated")]),
        (b'{"objects":[{}]}}', 1, [(15, "json.syntax")]),
        (b'{"type":"note","objects":[{}]}', 1, [(29, "bundle.type")]),
        (b'{"x":{"objects":[{}]},"objects" : [ {"a":1} ] }', 1, []),
    ],
)
def test_what_a_file_is(raw: bytes, good: int, flaws: list[tuple[int, str]], window: int) -> None:
    pieces = list(split(raw))
    assert len(pieces) - len(flaws) == good
    assert broken(pieces) == flaws


def test_a_byte_order_mark_is_passed_over_and_offsets_count_it() -> None:
    (piece,) = split(b'\xef\xbb\xbf[{"a":1}]')
    assert (piece.offset, piece.raw) == (4, b'{"a":1}')


def test_a_file_a_stream_and_bytes_give_the_same(tmp_path: Path) -> None:
    raw = write([{"type": "note", "n": n} for n in range(10)])
    path = tmp_path / "bundle.json"
    path.write_bytes(raw)
    assert list(split(path)) == list(split(raw)) == list(split(io.BytesIO(raw)))


def test_a_file_beyond_the_limit_ends_with_a_broken_piece(window: int) -> None:
    raw = write([{"type": "note", "n": n} for n in range(100)])
    assert broken(list(split(raw, limit=len(raw)))) == []
    flaws = broken(list(split(raw, limit=len(raw) - 1)))
    assert [rule for _, rule in flaws] == ["bundle.too-large"]


def test_an_object_beyond_sixteen_megabytes_is_skipped_and_the_rest_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "SIZE", 1000)
    monkeypatch.setattr(bundle, "_WINDOW", 100)
    large = json.dumps({"a": ["x" * 90] * 50}).encode()
    pieces = list(split(b'[{"a":1},' + large + b',{"a":2}]'))
    assert [piece.raw for piece in pieces if piece.broken is None] == [b'{"a":1}', b'{"a":2}']
    assert broken(pieces) == [(9, "bundle.object-too-large")]


def test_a_text_without_end_is_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "SIZE", 1000)
    monkeypatch.setattr(bundle, "_WINDOW", 100)
    monkeypatch.setattr(bundle, "_KEPT", 1000)
    pieces = list(split(b'[{"a":1},{"a":"' + b"x" * 10_000))
    assert broken(pieces) == [(9, "bundle.object-too-large")]
    assert pieces[-1].raw == b""


def test_reading_holds_windows_and_not_the_file() -> None:
    class Endless(io.RawIOBase):
        """A bundle that never ends, written while it is read."""

        def __init__(self) -> None:
            self.given = 0

        def read(self, size: int = -1) -> bytes:
            chunk = b'{"objects":[' if self.given == 0 else b'{"type":"note","n":[{"a":1},{"a":2}]},' * (max(size, 40) // 40)
            self.given += len(chunk)
            return chunk

    stream = Endless()
    taken = 0
    for piece in split(stream, limit=1 << 40):  # type: ignore[arg-type]
        taken = piece.offset
        if taken > 8 << 20:
            break
    assert stream.given - taken < 3 << 20
