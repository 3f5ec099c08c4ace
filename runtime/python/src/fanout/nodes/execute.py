"""One execution of a node: checks its inputs, runs it, and checks its outputs."""

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, is_dataclass
from typing import Any, Protocol, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, from_json

from fanout._proto.v1.runtime_service_pb2 import Output, Route
from fanout.nodes.context import Context
from fanout.nodes.failures import failure_message, full_traceback
from fanout.nodes.node import AnyNode
from fanout.nodes.route import Marked
from fanout.nodes.schemas import invalid
from fanout.nodes.signals import Prune, RequeueAfter, Signal
from fanout.nodes.store import encode_json
from fanout.nodes.united import PageReader, read_blocking, read_items
from fanout.wire.errors import NotRetryable

#: Time among the outputs of one node after which the event loop gets a turn, seconds.
_SLICE_S = 0.005
#: A list of so few outputs is written at once.
_FEW_OUTPUTS = 64


@dataclass(frozen=True, slots=True)
class Executed:
    """The node has returned these outputs."""

    outputs: list[Output]


@dataclass(frozen=True, slots=True)
class Sealed:
    """All outputs of an open fan-out have been emitted."""

    emit_count: int


@dataclass(frozen=True, slots=True)
class Errored:
    """The node has raised an error."""

    code: str
    message: str
    not_retryable: bool
    #: The traceback, for the runtime's own log, its end for the state manager; empty: there is nothing more to tell.
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Pruned:
    """The node has ended its branch. JSON; empty: no data."""

    data_json: str


@dataclass(frozen=True, slots=True)
class Requeued:
    """The node is to run again after a delay, seconds."""

    delay: float


Execution: TypeAlias = Executed | Sealed | Errored | Pruned | Requeued


class EmitSink(Protocol):
    """Takes the outputs of an open fan-out, one by one."""

    @property
    def next(self) -> int:
        """The index of the next output."""
        ...

    def skip(self) -> bool:
        """Passes over the next output if it was accepted from an earlier attempt, and tells whether it was."""
        ...

    def emit(self, output: Output) -> Awaitable[None] | None:
        """Sends an output; None: there is room for more at once. Raises NotRetryable: it cannot be sent."""
        ...


#: Waits in a thread for what the event loop does.
Wait: TypeAlias = Callable[[Any], Any]


async def execute_async(
    node: AnyNode, inputs_json: str, context: Context, pages: Mapping[str, PageReader], sink: EmitSink | None
) -> Execution:
    """Executes a node that is an async function. Never raises, but for KeyboardInterrupt."""
    lists: list[AsyncGenerator[Any, None]] = []
    try:
        arguments = _arguments(node, inputs_json, context)
        for name in node.iterator_inputs:
            lists.append(_checked_async(node, name, _items_async(node, name, inputs_json, pages)))
            arguments[name] = lists[-1]
        result = node.function(**arguments)
        if not node.is_async_generator:
            result = await result
        many = _many(result)
        if sink is not None:
            return await _emit_async(node, many, sink)
        if isinstance(many, (list, tuple)) and len(many) <= _FEW_OUTPUTS:
            return Executed([_encode(node, output, index) for index, output in enumerate(many)])
        return await _collect_async(node, many)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return thrown(error, context, node.name)
    finally:
        for each in lists:
            await _end(each)


def execute_blocking(
    node: AnyNode,
    inputs_json: str,
    context: Context,
    pages: Mapping[str, PageReader],
    sink: EmitSink | None,
    call: Wait,
) -> Execution:
    """Executes a node that is a plain function, in a thread. Never raises. `call` makes the event loop do something."""
    try:
        arguments = _arguments(node, inputs_json, context)
        for name in node.iterator_inputs:
            arguments[name] = _checked_blocking(node, name, _items_blocking(node, name, inputs_json, pages, call))
        result = node.function(**arguments)
        if isinstance(result, AsyncIterable) or inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            message = f"{node.name} is a plain function and has returned something async: make it an async function"
            raise NotRetryable(message, code="OUTPUT_INVALID")
        many = _many(result)
        with closing(_wanted(many, context)) as wanted:
            if sink is None:
                return Executed([_encode(node, output, index) for index, output in enumerate(wanted)])
            for output in wanted:
                call(_emit_one(node, output, sink))
            return Sealed(sink.next)
    except BaseException as error:
        return thrown(error, context, node.name)


def thrown(error: BaseException, context: Context, node_name: str) -> Execution:
    """The result for what was raised: a signal's own, or an error, in which the state manager gets to see no secret."""
    if isinstance(error, RequeueAfter):
        return Requeued(error.delay)
    if isinstance(error, Prune):
        return _pruned(error, context)
    secrets = context.secrets
    if isinstance(error, NotRetryable):
        # It says itself what is wrong; of any other error the place tells most.
        message = failure_message(error, secrets, with_frames=False).removeprefix("NotRetryable: ")
        return Errored(error.code, message, True)
    message = failure_message(error, secrets)
    if isinstance(error, asyncio.CancelledError) and not context.cancelled:
        message = f"{node_name} was cancelled by code of its own: {message}"
    return Errored("NODE_ERROR", message, False, full_traceback(error, secrets))


def _pruned(signal: Prune, context: Context) -> Execution:
    try:
        return Pruned("" if signal.data is None else encode_json(signal.data))
    except (TypeError, ValueError) as error:
        message = context.hide(f"the data of the prune cannot be written as JSON: {error}")
        return Errored("OUTPUT_INVALID", message, True)


def _arguments(node: AnyNode, inputs_json: str, context: Context) -> dict[str, Any]:
    missing = next((name for name in node.secrets if name not in context.secrets), None)
    if missing is not None:
        message = f"{node.name} needs the secret {missing!r}, which did not come: give it in the graph, or to run_node"
        raise NotRetryable(message, code="SECRET_MISSING")
    arguments = node.inputs.read(node.name, inputs_json or "{}")
    if node.inputs.context is not None:
        arguments[node.inputs.context] = context
    return arguments


def _many(result: Any) -> Any:
    """The outputs of what a node gave: nothing is one empty output."""
    if result is None:
        return [{}]
    if isinstance(result, (list, tuple)):
        return result
    is_one = isinstance(result, (Mapping, BaseModel, Marked, str, bytes)) or is_dataclass(result)
    return result if not is_one and isinstance(result, (Iterable, AsyncIterable)) else [result]


async def _emit_async(node: AnyNode, many: Any, sink: EmitSink) -> Execution:
    """Emits outputs as they come, no faster than they are accepted."""
    async with aclosing(_in_turns(many)) as outputs:
        async for output in outputs:
            await _emit_one(node, output, sink)
    return Sealed(sink.next)


async def _emit_one(node: AnyNode, output: Any, sink: EmitSink) -> None:
    if sink.skip():
        return
    room = sink.emit(_encode(node, output, sink.next))
    if room is not None:
        await room


async def _collect_async(node: AnyNode, many: Any) -> Execution:
    encoded: list[Output] = []
    async with aclosing(_in_turns(many)) as outputs:
        async for output in outputs:
            encoded.append(_encode(node, output, len(encoded)))
    return Executed(encoded)


async def _in_turns(many: Any) -> AsyncGenerator[Any, None]:
    """Outputs as they come; the event loop gets its turns among them. What brings them is ended with it."""
    until = time.monotonic() + _SLICE_S
    source = many if isinstance(many, AsyncIterable) else _as_async(many)
    try:
        async for output in source:
            yield output
            if time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + _SLICE_S
    finally:
        await _end(source)


async def _end(source: AsyncIterable[Any]) -> None:
    """Ends what brings items, so that its own `finally` does not wait for the garbage collector."""
    if isinstance(source, AsyncGenerator):
        # The node has left something behind that still reads from it.
        with suppress(RuntimeError):
            await source.aclose()


async def _as_async(items: Iterable[Any]) -> AsyncGenerator[Any, None]:
    try:
        for item in items:
            yield item
    finally:
        if isinstance(items, Generator):
            items.close()


def _wanted(many: Iterable[Any], context: Context) -> Generator[Any, None, None]:
    """Outputs, as long as they are wanted."""
    try:
        for output in many:
            context.cancelled.raise_if_set()
            yield output
    finally:
        if isinstance(many, Generator):
            many.close()


#: Characters of a label that travel: the state manager cuts it to 200 bytes.
_MOST_LABEL = 200


def _encode(node: AnyNode, output: Any, index: int) -> Output:
    """Checks and writes one output. Raises NotRetryable OUTPUT_INVALID."""
    route: Route | None = None
    label = ""
    if isinstance(output, Marked):
        route = None if output.next_nodes is None else Route(next_nodes=output.next_nodes)
        # Work never fails for a label.
        label = str(output.label)[:_MOST_LABEL].encode("utf-8", "replace").decode()
        output = output.output
    if isinstance(output, Signal) or (isinstance(output, type) and issubclass(output, Signal)):
        raise NotRetryable(f"output {index} of {node.name} is a signal: raise it", code="OUTPUT_INVALID")
    try:
        value = node.outputs.validate_python(output)
        text = node.outputs.dump_json(value, by_alias=True, warnings="error").decode()
    except ValidationError as error:
        raise invalid("OUTPUT_INVALID", f"output {index} of {node.name}: its values", error) from None
    except (PydanticSerializationError, UnicodeError, ValueError, TypeError, RecursionError) as error:
        message = f"output {index} of {node.name} cannot be written as JSON: {error}"
        raise NotRetryable(message, code="OUTPUT_INVALID") from None
    return Output(output_json=text, route=route, label=label)


def _items_async(
    node: AnyNode, name: str, inputs_json: str, pages: Mapping[str, PageReader]
) -> AsyncGenerator[Any, None]:
    if name in pages:
        return read_items(pages[name])
    return _as_async(node.inputs.given_list(node.name, name, inputs_json))


def _items_blocking(
    node: AnyNode, name: str, inputs_json: str, pages: Mapping[str, PageReader], call: Wait
) -> Iterator[Any]:
    if name in pages:
        return read_blocking(pages[name], call)
    return iter(node.inputs.given_list(node.name, name, inputs_json))


async def _checked_async(node: AnyNode, name: str, items: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    index = 0
    async with aclosing(items):
        async for item in items:
            yield _checked(node, name, index, item)
            index += 1


def _checked_blocking(node: AnyNode, name: str, items: Iterator[Any]) -> Iterator[Any]:
    for index, item in enumerate(items):
        yield _checked(node, name, index, item)


def _checked(node: AnyNode, name: str, index: int, item: Any) -> Any:
    try:
        return node.inputs.iterators[name].validate_python(item)
    except ValidationError as error:
        raise invalid("INPUT_INVALID", f"{name}[{index}] of {node.name}: its values", error) from None


def decode(output: Output) -> Any:
    """The value of an output."""
    return from_json(output.output_json)
