"""The nodes of the demo in Python: a file is split into chunks, each is summarised, and the summaries are united.

A runtime that hosts them until it gets SIGTERM; run as many as you like.
"""

import csv
import io
import itertools
import json
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from fanout import NotRetryable, Runtime, node

GROUPS_SHOWN = 500
LABEL_LENGTH = 80
MAX_NUMBERS = 8
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)

Row = dict[str, Any]


class Columns(BaseModel):
    """Columns of the data, by what they mean."""

    by: str | None
    label: str | None
    numbers: list[str]


class Chunk(BaseModel):
    """The rows that one branch works on."""

    columns: Columns
    rows: list[Row]


class Chunked(BaseModel):
    """An output of the splitter."""

    chunk: Chunk


class Extreme(BaseModel):
    """A number, and the row that has it."""

    value: float
    label: str


class Range(BaseModel):
    """The smallest and the largest number of a column."""

    min: Extreme
    max: Extreme


class Group(BaseModel):
    """The number of rows that belong together, and the range of each column of numbers."""

    key: str
    count: int
    ranges: dict[str, Range]


class Summarised(BaseModel):
    """The groups of one chunk."""

    result: list[Group]


class Summary(BaseModel):
    """The summary of all rows, with the largest groups."""

    rows: int
    group_count: int
    groups: list[Group]


@node(name="DataSplitterNode")
def data_splitter(file: str, chunk_size: int = 100, by: str | None = None) -> Iterator[Chunked]:
    """Splits the rows of a file into chunks."""
    try:
        rows = read_rows(Path(file).read_text(encoding="utf-8-sig"))
        columns = find_columns(rows, by)
    except (OSError, ValueError) as error:
        # It would be the same the next time.
        raise NotRetryable(f"{file} cannot be read: {error}", code="FILE_UNREADABLE") from error
    for start in range(0, len(rows), chunk_size):
        yield Chunked(chunk=Chunk(columns=columns, rows=rows[start : start + chunk_size]))


@node(name="DataProcessorNode")
def data_processor(data: Chunk) -> Summarised:
    """Summarises a chunk."""
    groups: dict[str, Group] = {}
    for row in data.rows:
        add(groups, group_of(row, data.columns))
    return Summarised(result=list(groups.values()))


@node(name="ResultMergerNode")
async def result_merger(processed_data: AsyncIterator[list[Group]]) -> Summary:
    """Adds up what all branches came to; it is read in pages, however many there are."""
    groups: dict[str, Group] = {}
    async for result in processed_data:
        for group in result:
            add(groups, group)
    ordered = sorted(groups.values(), key=lambda group: (-group.count, group.key))
    rows = sum(group.count for group in ordered)
    return Summary(rows=rows, group_count=len(ordered), groups=ordered[:GROUPS_SHOWN])


def read_rows(text: str) -> list[Row]:
    """Rows of a JSON array, of NDJSON or of CSV with a header. Raises ValueError: it is none of these."""
    first = text.lstrip()[:1]
    if first in ("[", "{"):
        values = json.loads(text) if first == "[" else [json.loads(line) for line in text.splitlines() if line.strip()]
        return [value if isinstance(value, dict) else {"value": value} for value in values]
    header = text.partition("\n")[0]
    names, *records = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=header.count))
    # Files that people make have records that are too short, or too long.
    return [dict(itertools.zip_longest(names, record[: len(names)], fillvalue="")) for record in records if record]


def find_columns(rows: list[Row], by: str | None) -> Columns:
    """Columns by what they mean. Raises ValueError: no row has the column `by`."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if by is not None and by not in names:
        raise ValueError(f'no row has the column "{by}"; there are: {", ".join(names)}')
    numbers = [name for name in names if is_all_numbers(row.get(name) for row in rows)]
    texts = [name for name in names if name not in numbers]
    chosen = by or ("country" if "country" in texts else next(iter(texts), None))
    label = next((name for name in texts if name != chosen), None)
    return Columns(by=chosen, label=label, numbers=[name for name in numbers if name != chosen][:MAX_NUMBERS])


def is_all_numbers(values: Iterable[object]) -> bool:
    """True of values that are numbers or missing, and not all missing."""
    known = [value for value in values if value not in (None, "")]
    return len(known) > 0 and all(read_number(value) is not None for value in known)


def read_number(value: object) -> float | None:
    """A number as files have it: 42.5 or "42.5", but neither "" nor a code such as "007"."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else None


def text_of(value: object) -> str:
    """A value as text; empty if it is missing."""
    return "" if value is None else str(value)


def group_of(row: Row, columns: Columns) -> Group:
    """A group of one row."""
    label = "" if columns.label is None else text_of(row.get(columns.label))[:LABEL_LENGTH]
    ranges: dict[str, Range] = {}
    for name in columns.numbers:
        value = read_number(row.get(name))
        if value is not None:
            extreme = Extreme(value=value, label=label)
            ranges[name] = Range(min=extreme, max=extreme)
    key = "all" if columns.by is None else text_of(row.get(columns.by)) or "(none)"
    return Group(key=key, count=1, ranges=ranges)


def add(groups: dict[str, Group], added: Group) -> None:
    """Adds a group to those that are there already."""
    group = groups.get(added.key)
    if group is None:
        groups[added.key] = added
        return
    ranges = dict(group.ranges)
    for name, other in added.ranges.items():
        known = ranges.get(name, other)
        ranges[name] = Range(
            min=min(known.min, other.min, key=lambda extreme: extreme.value),
            max=max(known.max, other.max, key=lambda extreme: extreme.value),
        )
    groups[added.key] = Group(key=group.key, count=group.count + added.count, ranges=ranges)


def main() -> None:
    """Hosts the nodes."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    nodes = [data_splitter, data_processor, result_merger]
    Runtime(nodes, address=address, token=token, name=f"geonames-python-{os.getpid()}").run()


if __name__ == "__main__":
    main()
