"""The two graphs of the concept page, from their JSON files, with nodes in Python."""

import json
from pathlib import Path
from typing import Any

from conftest import ROOT
from pydantic import BaseModel

from fanout import Client, NamedTemplate, Runtime, node

GRAPHS = ROOT / "examples/graphs"


class Chunk(BaseModel):
    chunk: str


class Result(BaseModel):
    result: int


@node(name="DataSplitterNode")
async def splitter(data: str) -> list[Chunk]:
    values = json.loads(data)
    return [Chunk(chunk=json.dumps(values[at : at + 100])) for at in range(0, len(values), 100)]


@node(name="DataProcessorNode")
def processor(data: str) -> Result:
    return Result(result=sum(json.loads(data)))


@node(name="ResultMergerNode")
async def merger(processed_data: list[int]) -> dict[str, Any]:
    return {"total": sum(processed_data)}


def template_of(file: Path) -> NamedTemplate:
    return NamedTemplate(f"concept-{file.stem}", json.loads(file.read_text()))


async def test_the_graphs_of_the_concept_page_run_as_written(client: Client, address: str) -> None:
    data = {"data": json.dumps(list(range(1_000)))}
    sums = [sum(range(at, at + 100)) for at in range(0, 1_000, 100)]
    async with Runtime([splitter, processor, merger], address=address):
        fanout = template_of(GRAPHS / "fanout.json")
        await client.upsert(fanout)
        assert await client.call(fanout.name, data) == [{"result": each} for each in sums]
        united = template_of(GRAPHS / "fanout-unite.json")
        await client.upsert(united)
        assert await client.call(united.name, data) == [{"total": sum(sums)}]
