"""Identifiers of places."""

import re
from collections.abc import Container

from fanout.graph.errors import GraphError

#: First words of expressions that are no nodes.
_RESERVED = {"store", "trigger", "unite", "__proto__"}
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")


def choose_identifier(node_name: str, taken: Container[str]) -> str:
    """`DataSplitterNode` is `data_splitter`; when that is taken, `data_splitter_2` …."""
    base = re.sub(r"(?<=.)_?Node$", "", node_name)
    base = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", base).replace(".", "_").lower()[:120]
    identifier, number = base, 2
    while identifier in _RESERVED or identifier in taken:
        identifier, number = f"{base}_{number}", number + 1
    return identifier


def check_identifier(identifier: str, taken: Container[str]) -> str:
    """An identifier that the user chose. Raises GraphError: it is malformed, reserved or taken."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise GraphError(f'id "{identifier}": must be 1 to 128 of A-Z a-z 0-9 _ -, without dots')
    if identifier in _RESERVED:
        raise GraphError(f'id "{identifier}" is reserved: choose another one')
    if identifier in taken:
        raise GraphError(f'id "{identifier}" is taken: two nodes of a graph cannot share one')
    return identifier
