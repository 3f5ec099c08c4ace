"""Routes: outputs that do not go to all next nodes."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

Output = TypeVar("Output")


class Routed:
    """An output, and the next nodes that it goes to."""

    __slots__ = ("next_nodes", "output")

    def __init__(self, output: object, next_nodes: tuple[str, ...]) -> None:
        self.output = output
        self.next_nodes = next_nodes


class RoutedOutput(dict[str, Any]):
    """An output that `run_node` gives, with its route."""

    next_nodes: tuple[str, ...] | None = None


def route(output: Output, to: str | Iterable[str]) -> Output:
    """An output that goes to some of the next nodes only, by their identifiers in the graph; to none if there are none.

    Without it an output goes to all of them. Returned as it is, or among what is returned or yielded:
    `return route(Size(bytes=1), "large")`.
    """
    return cast(Output, Routed(output, (to,) if isinstance(to, str) else tuple(to)))


def route_of(output: object) -> tuple[str, ...] | None:
    """Identifiers of the next nodes to which `route` sends an output; None: all next nodes."""
    return output.next_nodes if isinstance(output, (Routed, RoutedOutput)) else None
