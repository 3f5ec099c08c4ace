"""United lists, which are read in pages while a node runs: memory stays bounded however long they are."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeAlias

from pydantic_core import from_json

#: Reads a page by its token: its items, JSON each, and the token of the next one, empty if there is none.
PageReader: TypeAlias = Callable[[str], Awaitable[tuple[Sequence[str], str]]]


async def read_items(read: PageReader) -> AsyncGenerator[Any, None]:
    """The items of a list; the next page is under way while one is worked on."""
    page = asyncio.ensure_future(read(""))
    try:
        while True:
            items, token = await page
            if token:
                page = asyncio.ensure_future(read(token))
            for item in items:
                yield from_json(item)
            if not token:
                return
    finally:
        # Nobody waits for it any more, nor for its failure.
        page.add_done_callback(lambda done: done.cancelled() or done.exception())
        page.cancel()


def read_blocking(read: PageReader, call: Callable[[Any], Any]) -> Iterator[Any]:
    """The same in a thread, page by page. `call` makes the event loop read."""
    token = ""
    while True:
        items, token = call(read(token))
        for item in items:
            yield from_json(item)
        if not token:
            return
