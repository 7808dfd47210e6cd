"""A partner's collection is read to an end, whatever its server does."""

import json
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest

from charlevoix.errors import Unreachable
from charlevoix.share import collection
from charlevoix.share.collection import Answered, read

URL = "http://127.0.0.1/peers/collections/c/objects/"
Serve = Callable[[dict[str, str]], tuple[list[object], dict[str, object]]]


def moment(n: int) -> str:
    return f"2026-03-01T09:{n // 60:02d}:{n % 60:02d}.000000Z"


def reading(serve: Serve, after: str = "", most: int = 10_000) -> tuple[list[int], str, int]:
    """The numbers that arrived, the last moment, and how often the server was asked."""
    asked = count()

    def get(url: str) -> Answered:
        next(asked)
        query = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        objects, more = serve(query)
        numbers = [o["n"] for o in objects if isinstance(o, dict)]
        headers = {"x-taxii-date-added-last": moment(max(numbers))} if numbers else {}
        return Answered(200, headers, json.dumps({**({"objects": objects} if objects else {}), **more}).encode())

    got, last = [], ""
    for page in read(get, URL, after, page=2, most=most):
        got += [json.loads(raw)["n"] for raw in page.objects]
        last = page.last
    return got, last, next(asked)


def log(total: int, inclusive: bool = False, with_next: bool = True) -> Serve:
    """A server of n objects, one second apart."""

    def serve(query: dict[str, str]) -> tuple[list[object], dict[str, object]]:
        after = query.get("added_after", "")
        rest = [n for n in range(total) if (moment(n) >= after if inclusive else moment(n) > after)]
        rest = [n for n in rest if n > int(query.get("next", -1))]
        page = rest[: int(query["limit"])]
        more = len(rest) > len(page)
        return [{"n": n} for n in page], {"more": more, **({"next": str(page[-1])} if more and with_next else {})}

    return serve


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("with_next", [True, False])
@pytest.mark.parametrize("total", [0, 1, 2, 3, 7])
def test_each_object_arrives_once_from_a_server_of_each_kind(total: int, with_next: bool, inclusive: bool) -> None:
    got, last, _ = reading(log(total, inclusive, with_next))
    assert got == list(range(total))
    assert last == (moment(total - 1) if total else "")


def test_an_inclusive_server_asked_again_repeats_its_last_object_and_ends() -> None:
    got, _, asked = reading(log(3, inclusive=True), after=moment(2))
    assert (got, asked) == ([2], 1)


def test_a_server_that_repeats_its_page_for_ever_is_left() -> None:
    with pytest.raises(Unreachable) as no:
        reading(lambda query: ([{"n": 1}, {"n": 2}], {"more": True, "next": "again"}))
    assert no.value.reason.rule == "sync.repeats"


def test_a_server_that_promises_more_and_gives_nothing_is_left() -> None:
    with pytest.raises(Unreachable):
        reading(lambda query: ([], {"more": True, "next": "again"}))


def test_a_server_that_never_ends_is_read_up_to_a_bound() -> None:
    numbers = count()
    got, _, asked = reading(lambda query: ([{"n": next(numbers)}, {"n": next(numbers)}], {"more": True, "next": "x"}), most=50)
    assert (len(got), asked) == (50, 25)
    assert collection.PAGES == 1_000


@pytest.mark.parametrize(
    ("status", "body", "rule"),
    [
        (401, b'{"title": "who?"}', "sync.answer"),
        (500, b"<html>", "sync.answer"),
        (200, b"<html>", "sync.no-envelope"),
        (200, b'{"objects": {}}', "sync.no-envelope"),
        (200, b'{"more": "yes"}', "sync.no-envelope"),
        (200, b'{"objects": [' + b",".join([b"{}"] * 1001) + b"]}", "sync.too-many"),
        (200, b'{"objects": [' + b"[" * 100_000, "sync.no-envelope"),
    ],
)
def test_an_answer_that_is_no_page_says_why(status: int, body: bytes, rule: str) -> None:
    with pytest.raises(Unreachable) as no:
        list(read(lambda url: Answered(status, {}, body), URL, "", page=10, most=100))
    assert no.value.reason.rule == rule


def test_a_date_that_is_none_is_not_believed() -> None:
    pages = list(
        read(lambda url: Answered(200, {"x-taxii-date-added-last": "undefined"}, b'{"objects": [{}]}'), URL, "", page=10, most=100)
    )
    assert [p.last for p in pages] == [""]
