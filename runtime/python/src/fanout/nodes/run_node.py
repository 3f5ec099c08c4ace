"""Running a node without a server."""

import asyncio
import logging
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, NoReturn

from fanout._proto.v1.runtime_service_pb2 import Output
from fanout.nodes.cancellation import Cancellation
from fanout.nodes.context import Context, StateFacts, take_changes
from fanout.nodes.execute import Errored, Executed, Execution, Pruned, Requeued, decode, execute_async, execute_blocking
from fanout.nodes.memory_store import MemoryStore
from fanout.nodes.node import AnyNode
from fanout.nodes.route import MarkedOutput
from fanout.nodes.signals import Prune, RequeueAfter
from fanout.nodes.store import NodeStore, encode_json
from fanout.nodes.united import PageReader
from fanout.wire.errors import NotRetryable


class NodeError(Exception):
    """Raised by `run_node`: the node raised an error, which a run would try again."""


async def run_node(  # noqa: RET503
    node: AnyNode,
    inputs: Mapping[str, Any] | None = None,
    *,
    store: MemoryStore | Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    attempt: int = 1,
    cancelled: Cancellation | None = None,
    logger: logging.Logger | None = None,
) -> list[MarkedOutput]:
    """Runs a node without a server, with the checks that a runtime makes.

    Gives its outputs as plain JSON values: one for each branch, `{}` for nothing. A united input is given as a list;
    `route_of` and `label_of` tell where an output goes and its label; `store` is the run's store, or what it begins with. In a
    program without event
    loop: `asyncio.run(run_node(…))`.

    Raises Prune, RequeueAfter: raised by the node; NotRetryable: bad inputs or outputs, a secret that is missing, or
    raised by the node; StoreInvalid; NodeError: anything else that the node raised.
    """
    memory = store if isinstance(store, MemoryStore) else MemoryStore(store)
    host = _TestHost(memory, asyncio.get_running_loop())
    facts = StateFacts(
        node_name=node.name,
        run_id=str(uuid.uuid4()),
        state_id=str(uuid.uuid4()),
        graph_name="test",
        identifier=node.name,
        idempotency_key=str(uuid.uuid4()),
        attempt=attempt,
    )
    context = Context(
        facts,
        host,
        cancelled=cancelled or Cancellation(),
        secrets=secrets or {},
        logger=logger or _SILENT,
    )
    given = dict(inputs or {})
    pages = {name: _one_page(given.pop(name, [])) for name in node.iterator_inputs}
    execution = await _execute(node, encode_json(given), context, pages, host)
    changes = take_changes(context)
    if not isinstance(execution, Errored):
        memory.apply(changes)
    if isinstance(execution, Executed):
        return [_read(output) for output in execution.outputs]
    _raise(execution)  # it always raises


async def _execute(
    node: AnyNode, inputs_json: str, context: Context, pages: Mapping[str, PageReader], host: "_TestHost"
) -> Execution:
    if node.is_async:
        return await execute_async(node, inputs_json, context, pages, None)
    return await asyncio.to_thread(execute_blocking, node, inputs_json, context, pages, None, host.wait_for)


def _raise(execution: Execution) -> NoReturn:
    match execution:
        case Errored(code, message, not_retryable):
            raise NotRetryable(message, code=code) if not_retryable else NodeError(message)
        case Pruned(data_json):
            raise Prune(decode(Output(output_json=data_json)) if data_json else None)
        case Requeued(delay):
            raise RequeueAfter(delay)
        case _:
            raise AssertionError(f"unexpected: {execution}")


def _read(output: Output) -> MarkedOutput:
    made = MarkedOutput(decode(output))
    if output.HasField("route"):
        made.next_nodes = tuple(output.route.next_nodes)
    made.label = output.label
    return made


def _one_page(items: Sequence[Any]) -> PageReader:
    texts = [encode_json(item) for item in items]

    async def read(_token: str) -> tuple[Sequence[str], str]:
        return texts, ""

    return read


class _TestHost:
    def __init__(self, store: MemoryStore, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop

    def open_store(self) -> NodeStore:
        return self._store

    def wait_for(self, answer: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result()

    def heartbeat(self, message: str) -> None:
        """Ignores it: there is nobody to see it."""

    def continue_from(self, index: int) -> None:
        if index != 0:
            raise ValueError(f"continue_from({index}): 0 outputs were accepted, and the next one has the index 0")


_SILENT = logging.Logger("fanout.silent", logging.CRITICAL + 1)
