"""Questions to the runner of the model: each execution asks what to do."""

import asyncio
import itertools
import json
from dataclasses import dataclass
from typing import Any

from fanout import Context


@dataclass(frozen=True, slots=True)
class Step:
    """One output."""

    #: Time to wait before it, seconds.
    pause: float
    output: dict[str, Any]
    #: Identifiers of next nodes; None: all of them.
    next: list[str] | None


@dataclass(frozen=True, slots=True)
class End:
    """The way in which an execution ends; fields of other ways are as they are by default."""

    #: `returns`, `fails`, `prunes`, `requeues` or `hangs`.
    kind: str
    #: Time to wait before it, seconds.
    pause: float
    is_retryable: bool = False
    message: str = ""
    data: Any = None
    #: Seconds.
    delay: float = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an execution is to do."""

    #: The index of the first output.
    begin: int
    outputs: list[Step]
    end: End


class Questions:
    """A connection to the runner."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._reading = asyncio.create_task(self._read(reader))

    @classmethod
    async def open(cls, address: str) -> "Questions":
        """Connects to the runner at `host:port`."""
        host, port = address.rsplit(":", 1)
        return cls(*await asyncio.open_connection(host, int(port)))

    async def ask(self, ctx: Context, inputs: dict[str, Any]) -> Answer:
        """Asks what an execution is to do."""
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting[number] = answer
        question = {
            "id": number,
            "graph": ctx.graph_name,
            "identifier": ctx.identifier,
            "state": ctx.state_id,
            "attempt": ctx.attempt,
            "accepted_emits": ctx.accepted_emits,
            "inputs": inputs,
        }
        self._writer.write(json.dumps(question).encode() + b"\n")
        try:
            return await answer
        finally:
            del self._waiting[number]

    def ask_blocking(self, ctx: Context, inputs: dict[str, Any]) -> Answer:
        """Asks from a thread."""
        return asyncio.run_coroutine_threadsafe(self.ask(ctx, inputs), self._loop).result()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async for line in reader:
            given = json.loads(line)
            waiting = self._waiting.get(given["id"])
            # An execution that was cancelled meanwhile does not wait any more.
            if waiting is not None and not waiting.done():
                waiting.set_result(_answer(given))


def _answer(given: dict[str, Any]) -> Answer:
    end = given["end"]
    return Answer(
        begin=given["from"],
        outputs=[Step(each["pause_ms"] / 1000, each["output"], each["next"]) for each in given["outputs"]],
        end=End(
            kind=end["kind"],
            pause=end["pause_ms"] / 1000,
            is_retryable=end.get("is_retryable", False),
            message=end.get("message", ""),
            data=end.get("data"),
            delay=end.get("delay_ms", 0) / 1000,
        ),
    )
