"""An open fan-out: branches begin while their list is still being read."""

import asyncio
import os
from collections.abc import AsyncIterator

from pydantic import BaseModel

from fanout import Client, Context, GraphBuilder, Place, Prune, Runtime, all_of, graph, node


class Line(BaseModel):
    """One line of a file."""

    number: int
    text: str


class Length(BaseModel):
    """The length of a line."""

    length: int


class Summary(BaseModel):
    """The result of a run."""

    lines: int
    characters: int
    empty: int


@node(open_fan_out=True)
async def read_lines(text: str, ctx: Context) -> AsyncIterator[Line]:
    """Each line becomes a branch as soon as it is yielded.

    Executed again after a crash, it has to come to the same lines: those that were accepted are not sent again.
    """
    for number, line in enumerate(text.splitlines()):
        ctx.heartbeat(f"line {number}")
        yield Line(number=number, text=line)
        await asyncio.sleep(0.05)  # a slow source


@node(timeout="10s", concurrency=8)
async def measure(text: str) -> Length:
    """Measures a line; the branch of an empty one ends here."""
    if not text:
        raise Prune(reason="empty")
    return Length(length=len(text))


@node
def summarize(lengths: list[int], empty: int) -> Summary:
    """Runs once, when all branches have ended."""
    return Summary(lines=len(lengths), characters=sum(lengths), empty=empty)


class Text(BaseModel):
    """What a run begins with."""

    text: str


@graph("python-open-fan-out", inputs=Text)
def lines_of(g: GraphBuilder) -> Place:
    """Reads, measures, and sums up."""
    lines = g.start(read_lines, {"text": g.trigger.text})
    lengths = g.after(lines, measure, {"text": lines.out.text})
    inputs = {"lengths": all_of(lengths.out.length), "empty": g.counts.pruned}
    return g.unite(lines, lengths, summarize, inputs)


async def main() -> None:
    """Hosts the nodes, and watches a run."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    nodes = [read_lines, measure, summarize]
    async with Client(address, token=token) as client, Runtime(nodes, address=address, token=token):
        await client.upsert(lines_of)
        run = await client.trigger(lines_of, {"text": "one\n\nthree\nand four"})
        async for seen in client.watch(run.id):
            print(seen.status, ", ".join(f"{each.identifier} {each.success}" for each in seen.counts))
        for result in await client.result(run.id):
            print(result.output)


if __name__ == "__main__":
    asyncio.run(main())
