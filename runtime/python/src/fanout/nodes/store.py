"""The run's key-value data, as a node sees it."""

import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic_core import PydanticSerializationError, to_jsonable_python

from fanout._proto.v1.runtime_service_pb2 import StoreChange

Answer = TypeVar("Answer")


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


#: Stands for no value: `compare_and_set(key, ABSENT, value)` sets a key that is not there.
ABSENT: Any = _Absent()


class Compared(NamedTuple):
    """The outcome of a `compare_and_set`."""

    #: The value was as expected, and is changed.
    applied: bool
    #: The value that is there afterwards, or ABSENT.
    value: Any


class NodeStore(Protocol):
    """The store of the run, read and changed at once.

    A node that is executed again, after an error or a crash, makes its changes again: for those that have to count once
    there is `context.report`. Keys are `[A-Za-z0-9_-]{1,128}`, values whatever JSON can say. Every method raises
    FanoutError: StoreInvalid, or StaleLease when the work is not wanted any more.
    """

    async def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default if there is none."""
        ...

    async def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are there, read at one instant as far as they fit one answer."""
        ...

    async def set(self, key: str, value: Any) -> None:
        """Sets the value of a key, whatever it was."""
        ...

    async def delete(self, key: str) -> None:
        """Removes a key; harmless if there is none."""
        ...

    async def increment(self, key: str, by: float = 1) -> float:
        """Adds to a number, and gives the sum; no value counts as 0. Whole numbers are exact up to 2^53."""
        ...

    async def append(self, key: str, item: Any) -> None:
        """Appends to a list; no value counts as []."""
        ...

    async def compare_and_set(self, key: str, expected: Any, value: Any) -> Compared:
        """Sets a value if it is as expected. ABSENT means none: expected, that there is none; given, to delete it."""
        ...


class BlockingStore:
    """The same for nodes that are plain functions: each method waits for the answer."""

    def __init__(self, store: NodeStore, wait: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._store = store
        self._wait = wait

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default if there is none."""
        return self._wait(self._store.get(key, default))

    def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are there."""
        values: dict[str, Any] = self._wait(self._store.get_many(keys))
        return values

    def set(self, key: str, value: Any) -> None:
        """Sets the value of a key, whatever it was."""
        self._wait(self._store.set(key, value))

    def delete(self, key: str) -> None:
        """Removes a key; harmless if there is none."""
        self._wait(self._store.delete(key))

    def increment(self, key: str, by: float = 1) -> float:
        """Adds to a number, and gives the sum."""
        value: float = self._wait(self._store.increment(key, by))
        return value

    def append(self, key: str, item: Any) -> None:
        """Appends to a list; no value counts as []."""
        self._wait(self._store.append(key, item))

    def compare_and_set(self, key: str, expected: Any, value: Any) -> Compared:
        """Sets a value if it is as expected; ABSENT means none."""
        compared: Compared = self._wait(self._store.compare_and_set(key, expected, value))
        return compared


class ReportedChanges:
    """Changes to the store that travel with the node's result and count when it does: once.

    What an execution has collected is forgotten if it raises an error. If one of them breaks a rule, the state fails with
    STORE_INVALID. At most 256.
    """

    def __init__(self) -> None:
        self._changes: list[StoreChange] = []
        self._is_taken = False

    def set(self, key: str, value: Any) -> None:
        """Sets the value of a key, whatever it was."""
        self._add(StoreChange(key=key, set_json=encode_value(key, value)))

    def delete(self, key: str) -> None:
        """Removes a key; harmless if there is none."""
        self._add(StoreChange(key=key, delete=True))

    def increment(self, key: str, by: float = 1) -> None:
        """Adds to a number; no value counts as 0."""
        self._add(StoreChange(key=key, increment=by))

    def append(self, key: str, item: Any) -> None:
        """Appends to a list; no value counts as []."""
        self._add(StoreChange(key=key, append_json=encode_value(key, item)))

    def take(self) -> list[StoreChange]:
        """Takes what was collected; from now on nothing more is."""
        self._is_taken = True
        return self._changes

    def _add(self, change: StoreChange) -> None:
        if self._is_taken:
            raise RuntimeError(f"the store key {change.key!r} cannot be changed: the node has returned")
        self._changes.append(change)


def encode_value(key: str, value: Any) -> str:
    """The JSON of a value. Raises TypeError: it is nothing that JSON can say."""
    if value is ABSENT:
        raise TypeError(f"the store key {key!r} cannot be ABSENT: delete it")
    try:
        return encode_json(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"the value for the store key {key!r} is nothing that JSON can say ({error}): use text, numbers, true, "
            "false, null, lists and objects of these"
        ) from error


def encode_json(value: Any) -> str:
    """The JSON of any value, models and times among them. Raises TypeError or ValueError."""
    try:
        plain = to_jsonable_python(value, by_alias=True, inf_nan_mode="constants")
    except PydanticSerializationError as error:
        raise TypeError(str(error)) from error
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()  # half a character pair cannot be written
    return text
