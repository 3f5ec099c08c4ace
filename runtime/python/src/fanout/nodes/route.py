"""Routes and labels: what outputs have beside their values."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

Output = TypeVar("Output")


class Marked:
    """An output with the next nodes that it goes to, None: all of them, and its label, empty: none."""

    __slots__ = ("label", "next_nodes", "output")

    def __init__(self, output: object, next_nodes: tuple[str, ...] | None, label: str) -> None:
        self.output = output
        self.next_nodes = next_nodes
        self.label = label


class MarkedOutput(dict[str, Any]):
    """An output that `run_node` gives, with its route and its label."""

    next_nodes: tuple[str, ...] | None = None
    label: str = ""


def route(output: Output, to: str | Iterable[str]) -> Output:
    """An output that goes to some of the next nodes only, by their identifiers in the graph; to none if there are none.

    Without it an output goes to all of them. Returned as it is, or among what is returned or yielded:
    `return route(Size(bytes=1), "large")`.
    """
    value, label = (output.output, output.label) if isinstance(output, Marked) else (output, "")
    return cast(Output, Marked(value, (to,) if isinstance(to, str) else tuple(to), label))


def labelled(output: Output, label: str) -> Output:
    """An output with a label for people, which names all that grows from it until another one does.

    Lists of states show it beside their paths. It has at most 200 bytes: more is cut off. Returned as it is, or among what
    is returned or yielded: `yield labelled(Film(title=title), title)`.
    """
    value, next_nodes = (output.output, output.next_nodes) if isinstance(output, Marked) else (output, None)
    return cast(Output, Marked(value, next_nodes, label))


def route_of(output: object) -> tuple[str, ...] | None:
    """Identifiers of the next nodes to which `route` sends an output; None: all next nodes."""
    return output.next_nodes if isinstance(output, (Marked, MarkedOutput)) else None


def label_of(output: object) -> str:
    """The label of an output; empty: it has none."""
    return output.label if isinstance(output, (Marked, MarkedOutput)) else ""
