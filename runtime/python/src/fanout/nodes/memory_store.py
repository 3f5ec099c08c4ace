"""A store in memory, for tests of single nodes."""

import copy
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import grpc

from fanout._proto.v1.runtime_service_pb2 import StoreChange
from fanout.nodes.store import ABSENT, Compared, encode_value
from fanout.wire.errors import StoreInvalid

_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MAX_EXACT = 2**53 - 1


class MemoryStore:
    """A store in memory: `run_node(node, inputs, store=store)`. Its `values` can be looked at afterwards."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """`values` are what it begins with, copied. Raises TypeError: one of them is nothing that JSON can say."""
        self._values = {key: _copy_of(key, value) for key, value in (values or {}).items()}

    @property
    def values(self) -> dict[str, Any]:
        """All that it holds, copied."""
        return copy.deepcopy(self._values)

    async def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default if there is none."""
        return self.values.get(key, default)

    async def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are there."""
        values = self.values
        return {key: values[key] for key in keys if key in values}

    async def set(self, key: str, value: Any) -> None:
        """Sets the value of a key, whatever it was."""
        self.apply([StoreChange(key=key, set_json=encode_value(key, value))])

    async def delete(self, key: str) -> None:
        """Removes a key; harmless if there is none."""
        self.apply([StoreChange(key=key, delete=True)])

    async def increment(self, key: str, by: float = 1) -> float:
        """Adds to a number, and gives the sum."""
        self.apply([StoreChange(key=key, increment=by)])
        value: float = self._values[key]
        return value

    async def append(self, key: str, item: Any) -> None:
        """Appends to a list; no value counts as []."""
        self.apply([StoreChange(key=key, append_json=encode_value(key, item))])

    async def compare_and_set(self, key: str, expected: Any, value: Any) -> Compared:
        """Sets a value if it is as expected; ABSENT means none."""
        wanted = ABSENT if expected is ABSENT else _copy_of(key, expected)
        applied = _is_same(self._values.get(key, ABSENT), wanted)
        if applied:
            await (self.delete(key) if value is ABSENT else self.set(key, value))
        return Compared(applied, self.values.get(key, ABSENT))

    def apply(self, changes: Iterable[StoreChange]) -> None:
        """Makes all changes, or none. Raises StoreInvalid."""
        values = dict(self._values)
        for change in changes:
            if not _KEY.fullmatch(change.key) or change.key == "__proto__":
                raise _refusal(change.key, "must be 1 to 128 letters, digits, _ and -, without dots, and not __proto__")
            _apply(values, change)
        self._values = values


def _apply(values: dict[str, Any], change: StoreChange) -> None:
    key = change.key
    match change.WhichOneof("change"):
        case "set_json":
            values[key] = json.loads(change.set_json)
        case "delete":
            values.pop(key, None)
        case "increment":
            values[key] = _sum(key, values.get(key, 0), change.increment)
        case "append_json":
            found = values.get(key, [])
            if not isinstance(found, list):
                raise _refusal(key, "cannot be appended to, because its value is not a list: set it first")
            values[key] = [*found, json.loads(change.append_json)]


def _sum(key: str, value: Any, by: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(by):
        raise _refusal(key, f"cannot be incremented by {by}: both have to be numbers")
    total = value + (int(by) if by.is_integer() else by)
    if any(abs(each) > _MAX_EXACT for each in (value, by, total)):
        raise _refusal(key, f"cannot be incremented exactly, because a number here is beyond {_MAX_EXACT}")
    return total


def _is_same(left: Any, right: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    if left is ABSENT or right is ABSENT:
        return left is right
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _copy_of(key: str, value: Any) -> Any:
    return json.loads(encode_value(key, value))


def _refusal(key: str, why: str) -> StoreInvalid:
    return StoreInvalid(f"the store key {key!r} {why}", code=grpc.StatusCode.INVALID_ARGUMENT)
