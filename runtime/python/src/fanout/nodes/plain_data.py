"""Any value as what JSON can say, for people to read."""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from fanout.nodes.secrets import hide_secrets

#: Levels of values inside each other, and items of one of them.
_DEEPEST = 8
_MAX_ITEMS = 100
#: Characters of one text.
_MAX_TEXT = 16_384
#: Integers beyond are text: who reads them may have doubles only.
_MAX_INTEGER = 2**53 - 1
_CUT = "…"

#: Names that fields of a line cannot have in the logging module.
OWN_FIELDS = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime"}


def text_of(message: object, args: Sequence[object]) -> str:
    """The message of a line with its arguments, however wrong they are."""
    if not args:
        return _text(message)
    try:
        # As the logging module has it, one mapping gives arguments by name.
        given = args[0] if len(args) == 1 and isinstance(args[0], Mapping) and args[0] else tuple(args)
        return str(message) % given
    except Exception:
        return " ".join(_text(each) for each in (message, *args))


def plain_fields(extra: object, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Fields of a line, whatever was given for them, with the placeholder for each secret in their texts. Never raises."""
    plain = _plain(extra, secrets, _DEEPEST, frozenset())
    if plain is None:
        return {}
    return plain if isinstance(plain, dict) else {"value": plain}


def _plain(value: object, secrets: Mapping[str, str], depth: int, around: frozenset[int]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    try:
        if isinstance(value, int):
            return int(value) if abs(value) <= _MAX_INTEGER else str(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(value)
        if isinstance(value, (Mapping, list, tuple, set, frozenset)):
            if id(value) in around:
                return "[circular]"
            if depth == 0:
                return _CUT
            return _inside(value, secrets, depth - 1, around | {id(value)})
    except Exception as error:
        return hide_secrets(f"[cannot be read: {_text(error)}]", secrets)
    shown = hide_secrets(_text(value), secrets)
    return shown if len(shown) <= _MAX_TEXT else shown[:_MAX_TEXT] + _CUT


def _inside(
    value: Mapping[Any, Any] | Iterable[Any], secrets: Mapping[str, str], depth: int, around: frozenset[int]
) -> Any:
    left = len(value) - _MAX_ITEMS  # type: ignore[arg-type]  # each of these kinds has a length
    more = [f"{_CUT} and {left} more"] if left > 0 else []
    if isinstance(value, Mapping):
        read = {
            hide_secrets(_text(key), secrets): _plain(item, secrets, depth, around)
            for key, item in islice(value.items(), _MAX_ITEMS)
        }
        return {**read, _CUT: more[0]} if more else read
    return [_plain(item, secrets, depth, around) for item in islice(value, _MAX_ITEMS)] + more


def _text(value: object) -> str:
    """A value as text, or why it has none."""
    try:
        return str(value)
    except Exception as error:
        return f"[cannot be read: {type(error).__name__}]"
