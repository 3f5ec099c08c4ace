"""Batches: executions of one node that are made together."""

import asyncio
import inspect
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel

from fanout.nodes.context import Context
from fanout.nodes.node import Function, Node
from fanout.nodes.rate import Rate
from fanout.nodes.schemas import hints_of
from fanout.wire.durations import Duration, timer_seconds
from fanout.wire.errors import NotRetryable

Model = TypeVar("Model", bound=BaseModel, covariant=True)
F = TypeVar("F")

_MAX_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class BatchItem(Generic[Model]):
    """One execution in a batch."""

    #: Its inputs, checked.
    inputs: Model
    #: Its surroundings: its own state, attempt, idempotency key, log and store.
    context: Context


class BatchNode(Node[Function]):
    """A node whose executions are made together. Called, it is the function that it was made of, without any check."""

    #: The function that takes a batch.
    batch_function: Callable[..., Any]

    @property
    def __call__(self) -> Function:
        """Calls the function."""
        return cast(Function, self.batch_function)


def batch_node(
    *,
    size: int,
    within: Duration,
    name: str | None = None,
    description: str | None = None,
    concurrency: int | None = None,
    timeout: Duration | None = None,
    secrets: Iterable[str] = (),
    rate: Rate | None = None,
    outputs: Any = None,
) -> Callable[[F], BatchNode[F]]:
    """Declares a node whose executions are made together: rows of one insert, texts of one call of a model.

    The function takes `list[BatchItem[M]]`, where the pydantic model `M` has the inputs of one execution, and returns a
    list with one result for each, in their order: what a node may return, or an exception or a signal that is its alone.
    What it raises fails all of them. Each execution keeps a lease, an attempt and a result of its own.

    - `size`: executions in one call at most, 2 to 10,000.
    - `within`: the longest that the first of them waits for others.
    - `concurrency`: at least `size`, since an execution that waits takes a place; so the runtime needs as many.
    - `outputs`: the type of one output, where the return hint cannot say it.

    An execution that is cancelled before its batch begins leaves it. The other options are those of `node`. Raises
    TypeError or ValueError.
    """
    local_names = sys._getframe(1).f_locals

    def declare(function: F) -> BatchNode[F]:
        called = cast(Callable[..., Any], function)
        shown = name or str(getattr(function, "__name__", ""))
        _check(shown, size, concurrency)
        hints = hints_of(shown, called, local_names)
        batches = _Batches(shown, size, timer_seconds(f"node {shown}: within", within), called)

        async def execute(inputs: Any, context: Any) -> Any:
            return await batches.result(BatchItem(inputs, context))

        execute.__name__ = shown
        execute.__doc__ = called.__doc__
        execute.__annotations__ = {
            "inputs": _inputs_of(shown, called, hints),
            "context": Context,
            "return": _outputs_of(hints.get("return")) if outputs is None else outputs,
        }
        node = BatchNode[F](
            execute,
            name=shown,
            description=description,
            open_fan_out=False,
            concurrency=concurrency,
            timeout=timeout,
            secrets=secrets,
            rate=rate,
            outputs=outputs,
            local_names={},
        )
        node.batch_function = called
        return node

    return declare


def _check(name: str, size: int, concurrency: int | None) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or not 2 <= size <= _MAX_SIZE:
        raise ValueError(f"node {name}: size {size!r}: must be a whole number from 2 to {_MAX_SIZE:,}")
    if concurrency is not None and concurrency < size:
        raise ValueError(
            f"node {name}: size {size}: must be at most its concurrency, which is {concurrency}: an execution that waits "
            "for its batch takes a place"
        )


def _inputs_of(name: str, function: Callable[..., Any], hints: dict[str, Any]) -> Any:
    """The model of the inputs of one execution. Raises TypeError: the function takes something else."""
    parameters = list(inspect.signature(function).parameters)
    hint = hints.get(parameters[0]) if len(parameters) == 1 else None
    item = get_args(hint)[0] if get_origin(hint) in (list, Sequence) and get_args(hint) else None
    if get_origin(item) is BatchItem:
        return get_args(item)[0]
    raise TypeError(
        f"node {name}: a batch node takes one parameter with the hint list[BatchItem[M]], where M is a pydantic model"
    )


def _outputs_of(hint: Any) -> Any:
    """What one result may be besides an exception, of the return hint of the batch."""
    if get_origin(hint) not in (list, Sequence) or not get_args(hint):
        return hint
    item = get_args(hint)[0]
    if get_origin(item) not in (Union, types.UnionType):
        return item
    kept = [one for one in get_args(item) if not (isinstance(one, type) and issubclass(one, BaseException))]
    return Union[tuple(kept)]  # noqa: UP007


class _Waiting:
    __slots__ = ("begun", "item", "result", "trace")

    def __init__(self, item: BatchItem[Any], result: "asyncio.Future[Any]") -> None:
        self.item = item
        #: What the batch gives it.
        self.result = result
        #: The batch that it is part of, once that has begun.
        self.begun: asyncio.Task[None] | None = None
        #: The traceback of the error that it is given, as the batch left it.
        self.trace: types.TracebackType | None = None


class _Batches:
    """Collects executions of one node, on each event loop apart, and has them made together."""

    def __init__(self, name: str, size: int, within: float, function: Callable[..., Any]) -> None:
        self._name = name
        self._size = size
        self._within = within
        self._function = function
        self._waiting: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Waiting, None]]
        self._waiting = weakref.WeakKeyDictionary()
        self._timers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.TimerHandle]
        self._timers = weakref.WeakKeyDictionary()

    async def result(self, item: BatchItem[Any]) -> Any:
        """What its batch gives an execution. Raises what it was given, or what the batch raised."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting.setdefault(loop, {})
        own = _Waiting(item, loop.create_future())
        waiting[own] = None
        if len(waiting) == self._size:
            self._begin(loop)
        elif len(waiting) == 1:
            self._timers[loop] = loop.call_later(self._within, self._begin, loop)
        try:
            result = await own.result
        except asyncio.CancelledError:
            if own.begun is None:
                waiting.pop(own, None)
                if not waiting:
                    self._timers[loop].cancel()
            else:
                # Its place is free when the function that it is part of has returned.
                await asyncio.wait({own.begun})
            raise
        if isinstance(result, Exception):
            # Each raise adds its frames to the error, which may be that of thousands of executions.
            raise result.with_traceback(own.trace)
        return result

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = self._waiting[loop]
        if loop in self._timers:
            self._timers[loop].cancel()
        batch = list(waiting)
        waiting.clear()
        if not batch:
            return
        task = loop.create_task(self._run(batch))
        for each in batch:
            each.begun = task

    async def _run(self, batch: list[_Waiting]) -> None:
        try:
            given = await self._call([each.item for each in batch])
            if not isinstance(given, (list, tuple)) or len(given) != len(batch):
                raise self._miscounted(given, len(batch))
            results = list(given)
        except Exception as error:
            results = [error] * len(batch)
        except BaseException:
            for each in batch:
                each.result.cancel()
            raise
        for each, result in zip(batch, results, strict=True):
            # One that was cancelled meanwhile takes none.
            if not each.result.done():
                each.trace = result.__traceback__ if isinstance(result, Exception) else None
                each.result.set_result(result)

    async def _call(self, items: list[BatchItem[Any]]) -> Any:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(items)
        return await asyncio.to_thread(self._function, items)

    def _miscounted(self, given: Any, expected: int) -> NotRetryable:
        told = f"{len(given)} results" if isinstance(given, (list, tuple)) else "no list"
        return NotRetryable(
            f"{self._name} has returned {told} for a batch of {expected}: return one result for each execution, in their order",
            code="OUTPUT_INVALID",
        )
