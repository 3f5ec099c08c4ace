"""Lists that come in pages."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


async def all_pages(read: Callable[[str], Awaitable[tuple[Iterable[Item], str]]]) -> AsyncGenerator[Item, None]:
    """Every item of a list; the next page is read when it is needed. `read` gives items and the next page's token."""
    page_token = ""
    while True:
        items, page_token = await read(page_token)
        for item in items:
            yield item
        if page_token == "":
            return
