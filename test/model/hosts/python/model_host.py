"""The Python host of the model: `python model_host.py SETTINGS`."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict
from questions import Answer, End, Questions

from fanout import AnyNode, Context, NotRetryable, Prune, RequeueAfter, Runtime, node, route
from fanout.hosting.logs import log_to_stderr

Anything = dict[str, Any]


class Given(BaseModel):
    """Inputs of any name."""

    model_config = ConfigDict(extra="allow")


def closed_async(name: str, questions: Questions) -> AnyNode:
    """A node that returns its outputs, on the event loop."""

    @node(name=name, outputs=Anything)
    async def run(inputs: Given, ctx: Context) -> Any:
        answer = await questions.ask(ctx, inputs.model_dump())
        await finish(answer.end)
        return returned(answer)

    return run


def closed_blocking(name: str, questions: Questions) -> AnyNode:
    """A node that returns its outputs, in a thread."""

    @node(name=name, outputs=Anything)
    def run(inputs: Given, ctx: Context) -> Any:
        answer = questions.ask_blocking(ctx, inputs.model_dump())
        finish_blocking(answer.end, ctx)
        return returned(answer)

    return run


def open_async(name: str, questions: Questions) -> AnyNode:
    """A node that emits its outputs, on the event loop."""

    @node(name=name, open_fan_out=True, outputs=Anything)
    async def run(inputs: Given, ctx: Context) -> AsyncIterator[Any]:
        answer = await questions.ask(ctx, inputs.model_dump())
        if answer.begin > 0:
            ctx.continue_from(answer.begin)
        for step in answer.outputs:
            await asyncio.sleep(step.pause)
            yield routed(step.output, step.next)
        await finish(answer.end)

    return run


def open_blocking(name: str, questions: Questions) -> AnyNode:
    """A node that emits its outputs, in a thread."""

    @node(name=name, open_fan_out=True, outputs=Anything)
    def run(inputs: Given, ctx: Context) -> Iterator[Any]:
        answer = questions.ask_blocking(ctx, inputs.model_dump())
        if answer.begin > 0:
            ctx.continue_from(answer.begin)
        for step in answer.outputs:
            wait(step.pause, ctx)
            yield routed(step.output, step.next)
        finish_blocking(answer.end, ctx)

    return run


async def finish(end: End) -> None:
    """Comes to an end that is none of outputs by raising what says so."""
    await asyncio.sleep(end.pause)
    if end.kind == "hangs":
        await asyncio.Event().wait()
    raise_unless_returned(end)


def finish_blocking(end: End, ctx: Context) -> None:
    """Comes to an end in a thread."""
    wait(end.pause, ctx)
    if end.kind == "hangs":
        ctx.cancelled.wait()
        ctx.cancelled.raise_if_set()
    raise_unless_returned(end)


def wait(seconds: float, ctx: Context) -> None:
    """Blocks a thread for a time. Raises Cancelled: the work is not wanted any more."""
    if seconds > 0:
        ctx.cancelled.wait(seconds)
    ctx.cancelled.raise_if_set()


def raise_unless_returned(end: End) -> None:
    """Raises the signal or the error of an end."""
    match end.kind:
        case "fails" if end.is_retryable:
            raise RuntimeError(end.message)
        case "fails":
            raise NotRetryable(end.message, code="NODE_ERROR")
        case "prunes":
            raise Prune(end.data)
        case "requeues":
            raise RequeueAfter(end.delay)


def returned(answer: Answer) -> Any:
    """The outputs as a node may return them: one as it is, several as a list or a generator."""
    outputs = [routed(step.output, step.next) for step in answer.outputs]
    if len(outputs) == 1:
        return outputs[0]
    return outputs if len(outputs) % 2 == 0 else (output for output in outputs)


def routed(output: Anything, following: list[str] | None) -> Any:
    """An output with its route; None: it goes to all next nodes."""
    return output if following is None else route(output, following)


def hosted(settings: Anything, questions: Questions) -> list[AnyNode]:
    """The nodes of the settings: every other one blocks."""
    closed = (closed_async, closed_blocking)
    opened = (open_async, open_blocking)
    return [
        *(closed[index % 2](name, questions) for index, name in enumerate(settings["nodes"])),
        *(opened[index % 2](name, questions) for index, name in enumerate(settings["open_nodes"])),
    ]


async def serve(settings: Anything) -> None:
    """Hosts until SIGTERM."""
    questions = await Questions.open(settings["runner"])
    runtime = Runtime(
        hosted(settings, questions),
        name="model-python",
        address=settings["address"],
        concurrency=settings["concurrency"],
    )
    stopping: list[asyncio.Task[None]] = []
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: stopping.append(asyncio.create_task(runtime.stop()))
    )
    await runtime.start()
    print("connected", flush=True)
    await runtime.serve()


if __name__ == "__main__":
    log_to_stderr()
    asyncio.run(serve(json.loads(sys.argv[1])))
