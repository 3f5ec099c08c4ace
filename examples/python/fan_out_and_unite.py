"""A fan-out and a unite: what the branches come to is merged, once, in their order."""

import asyncio
import os
from collections.abc import AsyncIterator

from fan_out import Numbers, data_processor, data_splitter
from pydantic import BaseModel

from fanout import Client, Context, GraphBuilder, Place, Runtime, all_of, graph, node


class Total(BaseModel):
    """The result of a run."""

    total: int
    parts: int


@node(name="ResultMergerNode")
async def result_merger(processed_data: AsyncIterator[int], ctx: Context) -> Total:
    """Adds up the results of all branches; they are read in pages, however many there are."""
    total = parts = 0
    async for result in processed_data:
        total, parts = total + result, parts + 1
    ctx.log.info("merged", extra={"parts": parts})
    return Total(total=total, parts=parts)


@graph("python-fanout-unite", inputs=Numbers)
def fanout_unite(g: GraphBuilder) -> Place:
    """The second graph of the concept page."""
    splitter = g.start(data_splitter, {"data": g.trigger.data})
    processor = g.after(splitter, data_processor, {"data": splitter.out.chunk}, id="processor")
    return g.unite(splitter, processor, result_merger, {"processed_data": all_of(processor.out.result)}, id="merger")


async def main() -> None:
    """Hosts the nodes, and calls the graph like a function."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    nodes = [data_splitter, data_processor, result_merger]
    async with Client(address, token=token) as client, Runtime(nodes, address=address, token=token):
        await client.upsert(fanout_unite)
        [result] = await client.call(fanout_unite, {"data": list(range(1_000))})
        print(f"{result['total']} of {result['parts']} parts")


if __name__ == "__main__":
    asyncio.run(main())
