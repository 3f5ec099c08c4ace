"""Secrets, and hiding them in what people get to see."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

#: The text that stands for the value of a secret wherever it must not be seen.
PLACEHOLDER = "***"

#: A shorter secret is found in too many texts that have nothing to do with it.
_MIN_HIDDEN = 4
#: Levels of a log line's fields that are looked through.
_DEEPEST = 8


def hide_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """The text with the placeholder for each secret in it, also where it is quoted as Python or JSON quote."""
    for value in _hideable(secrets.values()):
        text = text.replace(value, PLACEHOLDER)
    return text


def hide_secrets_in(value: Any, secrets: Mapping[str, str], depth: int = _DEEPEST) -> Any:
    """A value with the placeholder for each secret in its texts."""
    if not secrets:
        return value
    if isinstance(value, str):
        return hide_secrets(value, secrets)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if depth == 0:
        return PLACEHOLDER
    if isinstance(value, Mapping):
        return {
            hide_secrets(str(key), secrets): hide_secrets_in(item, secrets, depth - 1) for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [hide_secrets_in(item, secrets, depth - 1) for item in value]
    return hide_secrets(str(value), secrets)


def _hideable(values: Iterable[str]) -> list[str]:
    """Every way in which secrets may be written, the longest first, so that one that contains another is hidden whole."""
    forms = {
        form
        for value in values
        if len(value) >= _MIN_HIDDEN
        for form in (value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    }
    return sorted(forms, key=len, reverse=True)
