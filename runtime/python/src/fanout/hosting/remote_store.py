"""The store of a run, for one execution."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from fanout._proto.v1.runtime_service_pb2 import (
    ChangeStoreRequest,
    ChangeStoreResponse,
    ReadStoreResponse,
    StoreChange,
    StoreExpectation,
)
from fanout.nodes.store import ABSENT, Compared, encode_value

#: Keys that one call reads.
_MAX_KEYS = 100


class RemoteStore:
    """Reads and changes the store with calls, each of which is made again until it is answered."""

    def __init__(
        self,
        read: Callable[[Sequence[str]], Awaitable[ReadStoreResponse]],
        change: Callable[[ChangeStoreRequest], Awaitable[ChangeStoreResponse]],
    ) -> None:
        self._read = read
        self._make = change
        #: The number of the newest change: sent again, a change is not made twice, but only as long as it is the newest.
        self._number = 0
        self._one_at_a_time = asyncio.Lock()

    async def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default if there is none."""
        return (await self.get_many([key])).get(key, default)

    async def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are there."""
        asked, values = list(keys), dict[str, Any]()
        while asked:
            answer = await self._read(asked[:_MAX_KEYS])
            values.update((entry.key, json.loads(entry.value_json)) for entry in answer.entries)
            # A key is always looked up: without progress this would not end.
            del asked[: max(1, answer.looked_up)]
        return values

    async def set(self, key: str, value: Any) -> None:
        """Sets the value of a key, whatever it was."""
        await self._change(StoreChange(key=key, set_json=encode_value(key, value)))

    async def delete(self, key: str) -> None:
        """Removes a key; harmless if there is none."""
        await self._change(StoreChange(key=key, delete=True))

    async def increment(self, key: str, by: float = 1) -> float:
        """Adds to a number, and gives the sum."""
        answer = await self._change(StoreChange(key=key, increment=by))
        value: float = json.loads(answer.value_json or "0")
        return value

    async def append(self, key: str, item: Any) -> None:
        """Appends to a list; no value counts as []."""
        await self._change(StoreChange(key=key, append_json=encode_value(key, item)))

    async def compare_and_set(self, key: str, expected: Any, value: Any) -> Compared:
        """Sets a value if it is as expected; ABSENT means none."""
        if value is ABSENT:
            change = StoreChange(key=key, delete=True)
        else:
            change = StoreChange(key=key, set_json=encode_value(key, value))
        if expected is ABSENT:
            expectation = StoreExpectation(absent=True)
        else:
            expectation = StoreExpectation(json=encode_value(key, expected))
        answer = await self._change(change, expectation)
        if answer.applied:
            return Compared(True, value)
        return Compared(False, json.loads(answer.value_json) if answer.HasField("value_json") else ABSENT)

    async def _change(self, change: StoreChange, expected: StoreExpectation | None = None) -> ChangeStoreResponse:
        async with self._one_at_a_time:
            self._number += 1
            request = ChangeStoreRequest(change=change, expected=expected, change_number=self._number)
            return await self._make(request)
