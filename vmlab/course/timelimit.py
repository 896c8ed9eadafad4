"""A student's program in this very process that may not run for ever.

Wherever the program jumps back or enters a function, somebody looks at the clock: so an endless
loop ends in a notebook, and in a browser that has no other way to interrupt Python. This is for the
program's own author. It stops no program of a stranger's, who knows how to catch what it raises:
that is what `course.sandbox` is for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, TypeVar

from vmlab.course.student import Handle, Stopped, Student, failed

T = TypeVar("T")

SECONDS: Final = 30.0
"""As long as a program's own code may take in one check; the grader's does not count."""


class TimeUp(BaseException):
    """The program's time is over. No `Exception`, which a program may catch without a thought."""


def told(seconds: float) -> str:
    """Why a program was stopped, for the hint's sentence."""
    return f"it ran for {seconds:g} seconds and did not end"


class Limit:
    """Time for code of some files, which `run` spends."""

    def __init__(self, files: Collection[str], seconds: float) -> None:
        self.files, self._left, self._seconds = frozenset(files), seconds, seconds
        self._deadline = float("inf")

    def run(self, what: Callable[[], T]) -> T:
        """Call it. Raises `Stopped` when the time is over, and `Failed` for what no program should
        raise."""
        began = time.perf_counter()
        self._deadline = began + self._left
        try:
            return self._watched(what)
        except TimeUp:
            raise Stopped("time", told(self._seconds)) from None
        except (Exception, SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # whatever a program raises
            raise failed(error, min(self.files, default="")) from None
        finally:
            self._deadline = float("inf")
            self._left = max(0.0, self._left - (time.perf_counter() - began))

    def _watched(self, what: Callable[[], T]) -> T:
        return what()

    def look(self) -> None:
        """Raises `TimeUp` if it is over."""
        if time.perf_counter() > self._deadline:
            raise TimeUp


class Limited:
    """A `Student` whose program runs within a limit."""

    def __init__(self, student: Student, limit: Limit) -> None:
        self._student, self._limit = student, limit

    def call(self, name: str, *args: Any, returns: Any = Any) -> Any:
        return self._limit.run(lambda: self._student.call(name, *args, returns=returns))

    def new(self, name: str, *args: Any) -> Handle:
        return self._limit.run(lambda: self._student.new(name, *args))

    def on(self, handle: Handle, name: str, *args: Any, returns: Any = Any) -> Any:
        return self._limit.run(lambda: self._student.on(handle, name, *args, returns=returns))

    def each(
        self, handle: Handle, name: str, calls: Sequence[tuple[Any, ...]], returns: Any = Any
    ) -> list[Any]:
        return self._limit.run(lambda: self._student.each(handle, name, calls, returns))


if sys.version_info >= (3, 12):

    @contextmanager
    def limited(files: Collection[str], seconds: float = SECONDS) -> Iterator[Limit]:
        """A limit for programs that say they are from these files."""
        limit, monitoring = Limit(files, seconds), sys.monitoring
        tool = next(one for one in (4, 3, 2, 5, 1, 0) if monitoring.get_tool(one) is None)

        def look(code: Any, *_where: object) -> object:
            if code.co_filename not in limit.files:
                return monitoring.DISABLE  # this place is never looked at again
            limit.look()
            return None

        events = monitoring.events.JUMP | monitoring.events.PY_START
        monitoring.use_tool_id(tool, "vmlab")
        try:
            for event in (monitoring.events.JUMP, monitoring.events.PY_START):
                monitoring.register_callback(tool, event, look)
            monitoring.set_events(tool, events)
            monitoring.restart_events()  # what a limit before this one had switched off
            yield limit
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)

else:

    class _Traced(Limit):
        """The same with the means of an older Python: slower, and off once it has raised, so that
        a program which catches everything in a loop goes on."""

        def _watched(self, what: Callable[[], T]) -> T:
            before = sys.gettrace()
            sys.settrace(self._trace)
            try:
                return what()
            finally:
                sys.settrace(before)

        def _trace(self, frame: FrameType, _event: str, _arg: object) -> Any:
            if frame.f_code.co_filename not in self.files:
                return None
            frame.f_trace_opcodes = True  # a loop of one line has no line to come back to
            self.look()
            return self._trace

    @contextmanager
    def limited(files: Collection[str], seconds: float = SECONDS) -> Iterator[Limit]:
        """A limit for programs that say they are from these files."""
        yield _Traced(files, seconds)


def files_of(space: Mapping[str, Any]) -> frozenset[str]:
    """The files that the functions and methods of a namespace are from, its imports left out."""
    module = space.get("__name__")
    own = [one for one in space.values() if getattr(one, "__module__", None) == module]
    own += [each for one in own if isinstance(one, type) for each in vars(one).values()]
    codes = (getattr(one, "__code__", None) for one in own)
    return frozenset(code.co_filename for code in codes if code is not None)
