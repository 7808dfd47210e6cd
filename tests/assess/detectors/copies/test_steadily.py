"""Blocks on several threads: in order, and with one thread for each multiplication."""

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from charlevoix.assess.detectors.copies.steadily import cores, spread, steady


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_what_is_made_of_each_block_comes_in_the_order_of_blocks() -> None:
    def late(n: int) -> int:
        time.sleep(0.02 if n % 2 else 0.0)
        return n * n

    assert list(spread(late, range(9))) == [n * n for n in range(9)]


def test_a_multiplication_has_one_thread_inside_and_as_many_as_before_outside() -> None:
    assert cores() >= 1
    with threadpool_limits(2, user_api="blas"):
        with steady():
            assert threads() == {1}
        assert list(spread(lambda n: threads(), range(3))) == [{1}] * 3
        assert threads() == {2}


def test_what_goes_wrong_in_a_block_is_told_and_the_threads_come_back() -> None:
    before = threads()
    with pytest.raises(ZeroDivisionError):
        list(spread(lambda n: 1 // n, [1, 0]))
    assert threads() == before


def test_products_of_blocks_are_the_same_bytes_on_one_thread_and_on_two() -> None:
    some = np.random.default_rng(0).standard_normal((700, 512)).astype(np.float32)

    def product() -> bytes:
        return b"".join(part.tobytes() for part in spread(lambda i: some[i : i + 250] @ some.T, range(0, 700, 250)))

    with threadpool_limits(1, user_api="blas"):
        one = product()
    with threadpool_limits(2, user_api="blas"):
        assert product() == one
