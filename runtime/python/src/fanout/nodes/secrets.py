"""Secrets, and hiding them in what people get to see."""

import json
from collections.abc import Iterable, Mapping

#: The text that stands for the value of a secret wherever it must not be seen.
PLACEHOLDER = "***"

#: A shorter secret is found in too many texts that have nothing to do with it.
_MIN_HIDDEN = 4


def hide_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """The text with the placeholder for each secret in it, also where it is quoted as Python or JSON quote."""
    for value in _hideable(secrets.values()):
        text = text.replace(value, PLACEHOLDER)
    return text


def _hideable(values: Iterable[str]) -> list[str]:
    """Every way in which secrets may be written, the longest first, so that one that contains another is hidden whole."""
    forms = {
        form
        for value in values
        if len(value) >= _MIN_HIDDEN
        for form in (value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    }
    return sorted(forms, key=len, reverse=True)
