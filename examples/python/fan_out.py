"""A fan-out: a list is cut into as many chunks as it has, and each is processed by itself."""

import asyncio
import os

from pydantic import BaseModel

from fanout import Client, GraphBuilder, Place, Runtime, graph, node


class Chunk(BaseModel):
    """One branch."""

    chunk: list[int]


class Result(BaseModel):
    """The result of a branch."""

    result: int


class Numbers(BaseModel):
    """What a run begins with."""

    data: list[int]


@node(name="DataSplitterNode")
async def data_splitter(data: list[int], size: int = 100) -> list[Chunk]:
    """Cuts a list into chunks."""
    return [Chunk(chunk=data[at : at + size]) for at in range(0, len(data), size)]


@node(name="DataProcessorNode")
def data_processor(data: list[int]) -> Result:
    """Adds up a chunk; a plain function, which runs in a thread."""
    return Result(result=sum(data))


@graph("python-fanout", inputs=Numbers)
def fanout(g: GraphBuilder) -> Place:
    """The first graph of the concept page."""
    splitter = g.start(data_splitter, {"data": g.trigger.data})
    return g.after(splitter, data_processor, {"data": splitter.out.chunk}, id="processor")


async def main() -> None:
    """Hosts the nodes, and calls the graph like a function."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    async with (
        Client(address, token=token) as client,
        Runtime([data_splitter, data_processor], address=address, token=token),
    ):
        await client.upsert(fanout)
        results = await client.call(fanout, {"data": list(range(1_000))})
        print(f"{len(results)} branches: {[each['result'] for each in results]}")


if __name__ == "__main__":
    asyncio.run(main())
