"""The nodes of the demo in Python: a file is split into chunks, each is summarised, and the summaries are united.

A runtime that hosts them until it gets SIGTERM; run as many as you like.
"""

import csv
import hashlib
import itertools
import json
import math
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from fanout import NotRetryable, Runtime, node

GROUPS_SHOWN = 500
MAX_NUMBERS = 8
# However wide and wordy a file is, outputs stay below the 1,000,000 bytes that one may have.
KEY_BYTES = 120
LABEL_BYTES = 80
MAX_BYTES = 500_000
MAX_SAFE_INTEGER = 2**53 - 1
MAX_DIGITS = 16
HEAD_CHARACTERS = 65_536
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)

# csv refuses a field of more than 131,072 characters unless told otherwise.
csv.field_size_limit(16_000_000)

Row = dict[str, Any]
Item = TypeVar("Item")


class Columns(BaseModel):
    """Columns of the data, by what they mean."""

    by: str | None
    label: str | None
    numbers: list[str]


class Entry(BaseModel):
    """A row of the file, as far as a summary needs it: numbers in the order of their columns."""

    group: str
    label: str
    numbers: list[float | None]


class Chunk(BaseModel):
    """The rows that one branch works on."""

    columns: Columns
    rows: list[Entry]


class Chunked(BaseModel):
    """An output of the splitter."""

    chunk: Chunk


class Extreme(BaseModel):
    """A number, and the row that has it."""

    value: float
    label: str


class Range(BaseModel):
    """The smallest and the largest number of a column."""

    column: str
    min: Extreme
    max: Extreme


class Group(BaseModel):
    """The number of rows that belong together, and the range of each column of numbers."""

    key: str
    count: int
    ranges: list[Range]


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
        columns = find_columns(read_rows(file), by)
    except (OSError, ValueError, csv.Error) as error:
        # It would be the same the next time.
        raise NotRetryable(f"{file} cannot be read: {error}", code="FILE_UNREADABLE") from error
    entries = (entry_of(row, columns) for row in read_rows(file))

    def measure(entry: Entry) -> int:
        # Every row may be a group of its own: what the branch makes of it has to fit, too.
        return bytes_of(group_of(entry, columns))

    for rows in chunks_of(entries, chunk_size, measure):
        yield Chunked(chunk=Chunk(columns=columns, rows=rows))


@node(name="DataProcessorNode")
def data_processor(data: Chunk) -> Summarised:
    """Summarises a chunk."""
    groups: dict[str, Group] = {}
    for entry in data.rows:
        add(groups, group_of(entry, data.columns))
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
    return Summary(rows=rows, group_count=len(ordered), groups=first_that_fit(ordered[:GROUPS_SHOWN]))


def read_rows(file: str) -> Iterator[Row]:
    """Rows of a JSON array, of NDJSON or of CSV with a header; only an array is read as a whole.

    Raises ValueError: it is none of these, or not in UTF-8.
    """
    with open(file, encoding="utf-8-sig", newline="") as text:
        head = text.read(HEAD_CHARACTERS)
        text.seek(0)
        first = head.lstrip()[:1]
        if first in ("[", "{"):
            values = json.load(text) if first == "[" else (json.loads(line) for line in text if line.strip())
            yield from (value if isinstance(value, dict) else {"value": value} for value in values)
            return
        records = csv.reader(text, delimiter=max(",;\t", key=head.partition("\n")[0].count))
        names = next(records, [])
        # Files that people make have records that are too short, or too long.
        cells = (itertools.zip_longest(names, record[: len(names)], fillvalue="") for record in records if record)
        yield from map(dict, cells)


def find_columns(rows: Iterable[Row], by: str | None) -> Columns:
    """Columns by what they mean. Raises ValueError: no row has the column `by`."""
    has_value: dict[str, bool] = {}
    texts_by_name: dict[str, bool] = {}
    for row in rows:
        for name, value in row.items():
            is_missing = value in (None, "")
            has_value[name] = has_value.get(name, False) or not is_missing
            is_text = texts_by_name.get(name, False)
            texts_by_name[name] = is_text or (not is_missing and read_number(value) is None)
    if by is not None and by not in has_value:
        raise ValueError(f'no row has the column "{by}"; there are: {", ".join(has_value)}')
    texts = [name for name, is_text in texts_by_name.items() if is_text or not has_value[name]]
    numbers = [name for name in has_value if name not in texts]
    chosen = by or ("country" if "country" in texts else next(iter(texts), None))
    label = next((name for name in texts if name != chosen), None)
    return Columns(by=chosen, label=label, numbers=[name for name in numbers if name != chosen][:MAX_NUMBERS])


def read_number(value: object) -> float | None:
    """A number as files have it: 42.5 or "42.5".

    Neither "" nor a code such as "007" is one, nor what a double cannot hold: an id of 20 digits, 1e400.
    """
    if isinstance(value, str) and NUMBER.fullmatch(value):
        digits = value.removeprefix("-")
        if digits.isdigit() and len(digits) > MAX_DIGITS:
            return None
        value = int(value) if digits.isdigit() else float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, int):
        return value if abs(value) <= MAX_SAFE_INTEGER else None
    return value if math.isfinite(value) else None


def text_of(row: Row, name: str) -> str:
    """A value as text: empty if it is missing, JSON if it is no text."""
    value = row.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cut_text(text: str, most: int) -> str:
    """A text of so many bytes of UTF-8 at most."""
    encoded = text.encode()
    return text if len(encoded) <= most else encoded[: most - len("…".encode())].decode(errors="ignore") + "…"


def cut_key(text: str, most: int) -> str:
    """A text that is cut, with a digest of all of it, so that texts that differ still do."""
    if len(text.encode()) <= most:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{cut_text(text, most - len(digest) - 1)} {digest}"


def bytes_of(model: BaseModel) -> int:
    """Bytes of a model as JSON."""
    return len(model.model_dump_json().encode())


def chunks_of(items: Iterable[Item], size: int, measure: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Lists of so many items at most, and of as many as fit into an output."""
    chunk: list[Item] = []
    room = MAX_BYTES
    for item in items:
        added = measure(item)
        if chunk and (len(chunk) == size or added > room):
            yield chunk
            chunk, room = [], MAX_BYTES
        chunk.append(item)
        room -= added
    if chunk:
        yield chunk


def first_that_fit(groups: list[Group]) -> list[Group]:
    """The first groups, as many as fit into an output."""
    return next(chunks_of(groups, len(groups), bytes_of), [])


def entry_of(row: Row, columns: Columns) -> Entry:
    """A row as a summary needs it; its texts are cut."""
    return Entry(
        group="all" if columns.by is None else cut_key(text_of(row, columns.by), KEY_BYTES) or "(none)",
        label="" if columns.label is None else cut_text(text_of(row, columns.label), LABEL_BYTES),
        numbers=[read_number(row.get(name)) for name in columns.numbers],
    )


def group_of(entry: Entry, columns: Columns) -> Group:
    """A group of one row."""
    ranges: list[Range] = []
    for column, value in zip(columns.numbers, entry.numbers, strict=True):
        if value is not None:
            extreme = Extreme(value=value, label=entry.label)
            ranges.append(Range(column=column, min=extreme, max=extreme))
    return Group(key=entry.group, count=1, ranges=ranges)


def add(groups: dict[str, Group], added: Group) -> None:
    """Adds a group to those that are there already."""
    group = groups.get(added.key)
    if group is None:
        groups[added.key] = added
        return
    ranges = {each.column: each for each in group.ranges}
    for other in added.ranges:
        known = ranges.get(other.column, other)
        ranges[other.column] = Range(
            column=other.column,
            min=min(known.min, other.min, key=lambda extreme: extreme.value),
            max=max(known.max, other.max, key=lambda extreme: extreme.value),
        )
    groups[added.key] = Group(key=group.key, count=group.count + added.count, ranges=list(ranges.values()))


def main() -> None:
    """Hosts the nodes."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    nodes = [data_splitter, data_processor, result_merger]
    Runtime(nodes, address=address, token=token, name=f"geonames-python-{os.getpid()}").run()


if __name__ == "__main__":
    main()
