"""Nodes: functions that a runtime hosts, with the schemas of what goes in and comes out."""

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar, cast, overload

from pydantic import TypeAdapter

from fanout.nodes.rate import Rate
from fanout.nodes.schemas import Inputs, hints_of, read_inputs, read_outputs
from fanout.wire.durations import Duration, timer_seconds

#: The type of a function. Without a bound, and covariant in a node: so a list of different nodes is a list of nodes.
F = TypeVar("F")
Function = TypeVar("Function", covariant=True)

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_MAX_DESCRIPTION = 4_096
_MAX_CONCURRENCY = 100_000


class AnyNode:
    """Code that a runtime hosts, whatever its inputs and outputs."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None,
        description: str | None,
        open_fan_out: bool,
        concurrency: int | None,
        timeout: Duration | None,
        rate: Rate | None,
        secrets: Iterable[str],
        outputs: Any,
        local_names: Mapping[str, Any],
    ) -> None:
        if not callable(function):
            raise TypeError(f"@node is for functions, and {function!r} is none")
        #: Unique in the namespace.
        self.name = _checked_name(name or str(getattr(function, "__name__", "")))
        self.function = function
        called = function if inspect.isroutine(function) else type(function).__call__
        #: True: the function gives an async generator.
        self.is_async_generator = inspect.isasyncgenfunction(called)
        #: True: it runs on the event loop; False: in a thread.
        self.is_async = self.is_async_generator or inspect.iscoroutinefunction(called)
        hints = hints_of(self.name, function, local_names)
        if outputs is None and "return" not in hints:
            raise TypeError(
                f"node {self.name}: it has no return hint: write what it returns, such as -> dict[str, Any] or -> None, "
                "since the schema of the outputs is made of it"
            )
        self.inputs: Inputs = read_inputs(self.name, function, hints, is_async=self.is_async)
        self.outputs: TypeAdapter[Any]
        self.outputs, self.output_schema = read_outputs(self.name, hints.get("return") if outputs is None else outputs)
        self.open_fan_out = open_fan_out
        self.concurrency = (
            None if concurrency is None else check_concurrency(f"node {self.name}: concurrency", concurrency)
        )
        #: Seconds.
        self.timeout = None if timeout is None else timer_seconds(f"node {self.name}: timeout", timeout)
        #: States that are handed out in a span of time, whichever graphs place it.
        self.rate = rate
        self.secrets = _checked_secrets(self.name, secrets)
        self.description = (description if description is not None else _summary_of(function))[:_MAX_DESCRIPTION]
        self.__doc__ = function.__doc__
        self.__name__ = self.name
        self.__wrapped__ = function

    @property
    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of the inputs."""
        return self.inputs.schema

    @property
    def iterator_inputs(self) -> tuple[str, ...]:
        """Names of inputs that are read in pages."""
        return tuple(self.inputs.iterators)

    def __repr__(self) -> str:
        return f"<node {self.name}>"


class Node(AnyNode, Generic[Function]):
    """A node. Called, it is the function that it was made of, without any check."""

    @property
    def __call__(self) -> Function:
        """Calls the function."""
        return cast(Function, self.function)


@overload
def node(function: F, /) -> Node[F]: ...


@overload
def node(
    *,
    name: str | None = None,
    description: str | None = None,
    open_fan_out: bool = False,
    concurrency: int | None = None,
    timeout: Duration | None = None,
    rate: Rate | None = None,
    secrets: Iterable[str] = (),
    outputs: Any = None,
) -> Callable[[F], Node[F]]: ...


def node(
    function: F | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    open_fan_out: bool = False,
    concurrency: int | None = None,
    timeout: Duration | None = None,
    rate: Rate | None = None,
    secrets: Iterable[str] = (),
    outputs: Any = None,
) -> Node[F] | Callable[[F], Node[F]]:
    """Declares a node: the type hints of the function are the schemas of its inputs and outputs.

    A parameter of type `Context` gets the surroundings of the execution; one that is called `inputs` and has a pydantic
    model takes all inputs at once; an `AsyncIterator` (in a plain function an `Iterator`) reads a united list in pages.

    - `name`: unique in the namespace, `[A-Za-z0-9_.-]{1,128}`; that of the function if absent.
    - `description`: its purpose, in a sentence; the first paragraph of the docstring if absent.
    - `open_fan_out`: each output becomes a branch at once, while the node goes on. Executed again after a crash, it has
      to come to the same outputs: those that were accepted before are not sent again.
    - `concurrency`: executions at once in one runtime, at most; as many as the runtime takes if absent.
    - `timeout`: the longest that one execution may take in this process; then it is cancelled and fails with TIMEOUT.
    - `rate`: states that are handed out in a span of time, whichever graphs place it. Its key is a dotted path in the
      inputs, such as `customer.id`.
    - `secrets`: names of the secrets that it needs: the graph has them, `context.secrets` too.
    - `outputs`: the type of what it returns, where the return hint cannot say it.

    Raises TypeError or ValueError: a name is malformed, a hint has no schema, or an option cannot work.
    """

    def declare(declared: F) -> Node[F]:
        return Node(
            cast(Callable[..., Any], declared),
            name=name,
            description=description,
            open_fan_out=open_fan_out,
            concurrency=concurrency,
            timeout=timeout,
            rate=rate,
            secrets=secrets,
            outputs=outputs,
            local_names=local_names,
        )

    # Types that are defined beside the node, inside of a function, are names of that function.
    local_names = sys._getframe(1).f_locals
    return declare if function is None else declare(function)


def check_concurrency(what: str, concurrency: int) -> int:
    """A number of executions. Raises ValueError: it is none."""
    if isinstance(concurrency, int) and not isinstance(concurrency, bool) and 1 <= concurrency <= _MAX_CONCURRENCY:
        return concurrency
    raise ValueError(f"{what} {concurrency!r}: must be a whole number from 1 to {_MAX_CONCURRENCY:,}")


def _checked_name(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise ValueError(f"node name {name!r}: must be 1 to 128 of A-Z a-z 0-9 _ . -; give a name to a lambda")


def _checked_secrets(name: str, secrets: Iterable[str]) -> tuple[str, ...]:
    if isinstance(secrets, str):
        raise TypeError(f"node {name}: secrets: give a list of names")
    names = tuple(secrets)
    for secret in names:
        if not _NAME.fullmatch(secret) or secret == "__proto__":
            raise ValueError(
                f"node {name}: a secret has a name of 1 to 128 of A-Z a-z 0-9 _ . -: give the name, and not the value"
            )
    return names


def _summary_of(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function) if inspect.isroutine(function) else None
    return " ".join((text or "").split("\n\n")[0].split())
