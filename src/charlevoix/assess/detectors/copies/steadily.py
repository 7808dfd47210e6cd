"""Steady work: blocks on as many cores as there are, each multiplied on one thread and told in order, so that the number of cores changes no byte of a result.

A sum of floating-point numbers depends on how it is cut; a library of linear algebra (BLAS) cuts by the threads it has. So it gets one thread for each block, and the blocks are cut by the data alone.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

Block = TypeVar("Block")
Out = TypeVar("Out")


@contextmanager
def steady() -> Iterator[None]:
    """One thread for each multiplication, until the end of the block."""
    from threadpoolctl import ThreadpoolController

    cores()
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        yield


@cache
def cores() -> int:
    """Threads that BLAS would take: the cores of the machine, or what the environment says (`OMP_NUM_THREADS`)."""
    from threadpoolctl import threadpool_info

    return max([1, *(int(library["num_threads"]) for library in threadpool_info() if library["user_api"] == "blas")])


def spread(work: Callable[[Block], Out], blocks: Iterable[Block]) -> Iterator[Out]:
    """What `work` makes of each block, in the order of the blocks."""
    with steady(), ThreadPoolExecutor(cores()) as pool:
        yield from pool.map(work, blocks)
