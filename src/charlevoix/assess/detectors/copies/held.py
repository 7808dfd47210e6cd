"""Texts held in a file, so that a table of long ones takes no memory; each is read when it is asked for."""

import os
from array import array
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import overload


class Held:
    """Texts by number, from 0, in the order in which they came. In memory 8 bytes each; the file is in `folder` (or where the system has such files) and goes with the object."""

    def __init__(self, folder: str | None = None) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - it is closed with the object
        self._ends = array("q", [0])
        self._written = True

    def append(self, text: str) -> int:
        """The text's number."""
        some = text.encode("utf-8", "surrogatepass")
        self._file.write(some)
        self._ends.append(self._ends[-1] + len(some))
        self._written = False
        return len(self) - 1

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        """Raises IndexError."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        if not self._written:
            self._file.flush()
            self._written = True
        start, end = self._ends[number], self._ends[number + 1]
        return os.pread(self._file.fileno(), end - start, start).decode("utf-8", "surrogatepass")


class Chosen(Sequence[str]):
    """Some of the texts, in another order: `numbers` of each."""

    def __init__(self, held: Held, numbers: Sequence[int]) -> None:
        self._held, self._numbers = held, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        """A text, or the list of a slice."""
        if isinstance(place, slice):
            return [self._held[n] for n in self._numbers[place]]
        return self._held[self._numbers[place]]

    def __iter__(self) -> Iterator[str]:
        return (self._held[n] for n in self._numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chosen) and len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]
