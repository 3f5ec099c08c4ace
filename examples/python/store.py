"""The store of a run: data that its branches share. What travels with a result counts once, whatever is executed again."""

import asyncio
import os

from pydantic import BaseModel

from fanout import ABSENT, Client, Context, GraphBuilder, Place, Runtime, Store, graph, node


class Visitor(BaseModel):
    """One branch."""

    visitor: str


class Visitors(BaseModel):
    """What a run begins with."""

    visitors: list[str]


@node(name="python.Open")
def open_doors(visitors: list[str]) -> list[Visitor]:
    """Makes each visitor a branch."""
    return [Visitor(visitor=visitor) for visitor in visitors]


@node(name="python.Visit")
async def visit(visitor: str, ctx: Context) -> None:
    """Counts a visitor when its result counts, and notes the first one of all."""
    await ctx.store.compare_and_set("first", ABSENT, visitor)
    ctx.report.increment("visits")
    ctx.report.append("guests", visitor)


@graph("python-store", inputs=Visitors, store=Store(defaults={"visits": 0}))
def visits(g: GraphBuilder) -> Place:
    """Opens, and lets the visitors in."""
    opened = g.start(open_doors, {"visitors": g.trigger.visitors})
    return g.after(opened, visit, {"visitor": opened.out.visitor})


async def main() -> None:
    """Hosts the nodes, and looks at the store of a run."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    async with Client(address, token=token) as client, Runtime([open_doors, visit], address=address, token=token):
        await client.upsert(visits)
        run = await client.trigger(visits, {"visitors": ["Ann", "Ben", "Cem", "Dan", "Eve"]})
        await client.result(run.id)
        store = await client.store(run.id)
        print(f"visits: {store['visits']}, first: {store['first']}, guests: {len(store['guests'])}")


if __name__ == "__main__":
    asyncio.run(main())
