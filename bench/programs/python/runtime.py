"""The no-op nodes of the wide fan-out, hosted in Python: `runtime.py ADDRESS CONCURRENCY`."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator

from pydantic import BaseModel

from fanout import Runtime, node

#: Payload with which `{"chunk":"…"}` and `{"data":"…"}` are 100 bytes, as in `nodes.ts`.
TEXT = "x" * 88


class Chunk(BaseModel):
    """An output of the splitter."""

    chunk: str


class Result(BaseModel):
    """The output of a branch."""

    result: str


class Total(BaseModel):
    """The number of branches that came together."""

    branches: int


@node(name="DataSplitterNode")
async def splitter(branches: int) -> list[Chunk]:
    """Splits into so many branches."""
    return [Chunk(chunk=TEXT)] * branches


@node(name="DataProcessorNode")
async def processor(data: str) -> Result:
    """Does nothing."""
    return Result(result=data)


@node(name="ResultMergerNode")
async def merger(processed_data: AsyncIterator[str]) -> Total:
    """Counts the branches."""
    branches = 0
    async for result in processed_data:
        branches += result == TEXT
    return Total(branches=branches)


async def main(address: str, concurrency: int) -> None:
    """Hosts the nodes until it is told to end."""
    async with Runtime(
        [splitter, processor, merger], address=address, concurrency=concurrency, name="bench"
    ) as runtime:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(runtime.stop()))
        print("ready", flush=True)
        await runtime.serve()


if __name__ == "__main__":
    logging.getLogger("fanout").addHandler(logging.NullHandler())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1], int(sys.argv[2])))
