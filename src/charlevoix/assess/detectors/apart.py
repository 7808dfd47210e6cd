"""A job in a process of its own: it can be ended at any moment, whatever it is at, and where it falls over, it falls alone.

A thread can't be ended from outside, and the memory that it took stays with its process. The child hears its job on its input, tells on its output, and
ends by itself when its input closes, so that it outlives its parent by nothing. What passes between the two is pickled, by our own code on both sides.
"""

import atexit
import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from typing import IO, Any, Generic, TypeVar

from charlevoix.assess.detectors.detector import silent
from charlevoix.errors import CharlevoixError, Reason

T = TypeVar("T")
Tell = Callable[[float, Reason], None]


class Ended(Exception):
    """The job was ended, or took longer than it may."""


class Fell(Exception):
    """The job failed in a way that it should not have, or its process was killed."""


class Apart(Generic[T]):
    """A job under way. `folder`: where its temporary files lie; whoever ends it throws that away."""

    def __init__(self, folder: str) -> None:
        """Starts the process; it waits for its job."""
        self._ended = threading.Event()
        environment = {**os.environ, "TMPDIR": folder, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(  # noqa: S603  # our own module, in this Python
            [sys.executable, "-P", "-m", __name__],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("CHARLEVOIX_DEBUG") else subprocess.DEVNULL,  # a row of the table may stand in what is said there
        )
        atexit.register(self.end)

    def end(self) -> None:
        """Ends it; whoever waits for its answer gets Ended. May be called by any thread and more than once."""
        self._ended.set()
        self._process.kill()

    def answer(self, seconds: float, job: Callable[..., T], *arguments: object, tell: Tell = silent) -> T:
        """What `job(tell, *arguments)` returns there, within so many seconds; `job` is a function of a module.

        Raises what the job raises if it is one of our errors, Ended, and Fell for everything else.
        """
        late = threading.Timer(seconds, self.end)
        late.daemon = True
        late.start()
        try:
            return self._heard((job, arguments), tell)
        finally:
            late.cancel()
            atexit.unregister(self.end)
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                _close(pipe)

    def _heard(self, order: tuple[Callable[..., T], tuple[object, ...]], tell: Tell) -> T:
        to, from_ = self._process.stdin, self._process.stdout
        assert to is not None
        assert from_ is not None
        try:
            pickle.dump(order, to)
            to.flush()
            while True:
                kind, said = pickle.load(from_)  # noqa: S301  # of our own child
                if kind == "told":
                    tell(*said)
                else:
                    break
        except Exception:  # noqa: BLE001  # an end in the middle of a sentence, or a detector that can't be sent
            raise (Ended if self._ended.is_set() else Fell) from None
        if kind == "refused":
            sort, reason = said
            raise sort(reason.rule, *reason.values, advice=reason.advice)
        if kind != "done":
            raise Fell
        answer: T = said
        return answer


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe:
            pipe.close()
    except OSError:  # what was not yet written to who is gone
        pass


def _work() -> None:
    """The child: one job, then it ends."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what a detector prints does not stand between our sentences

        def say(kind: str, said: Any) -> None:
            sentence = pickle.dumps((kind, said))  # whole, or not at all
            out.write(sentence)
            out.flush()

        try:
            job, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # of our own parent
            threading.Thread(target=_end_with_parent, daemon=True).start()
            say("done", job(lambda share, doing: say("told", (share, doing)), *arguments))
        except CharlevoixError as error:
            say("refused", (type(error), error.reason))
        except BaseException:  # noqa: BLE001  # a detector of somebody else's, whatever it did
            traceback.print_exc()
            say("fell", None)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    _work()
