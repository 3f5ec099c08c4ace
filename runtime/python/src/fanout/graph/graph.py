"""The builder of graphs."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from fanout.graph.errors import GraphError, did_you_mean
from fanout.graph.identifiers import check_identifier, choose_identifier
from fanout.graph.json_types import Schema, fits, properties_of, shown, type_of
from fanout.graph.policies import Limits, Retry, Share, UniteStrategy, Window, given, rate_template, unites_template
from fanout.graph.references import Ref, refs_in, root_ref, united_ref, write_input
from fanout.graph.triggers import Trigger, trigger_template
from fanout.nodes.node import AnyNode
from fanout.nodes.rate import Rate
from fanout.nodes.secrets import PLACEHOLDER
from fanout.wire.durations import Duration, millis_of

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_COUNTS = ("total", "succeeded", "failed", "pruned", "unfinished", "left_out")
_INTEGER: Schema = {"type": "integer"}
_BOOLEAN: Schema = {"type": "boolean"}
_TEXT: Schema = {"type": "string"}
_FAILURE: Schema = {"type": "object", "properties": dict.fromkeys(("identifier", "path", "code", "message"), _TEXT)}


@dataclass(frozen=True, slots=True)
class Store:
    """Contents of the store of a run at its start; a graph can name no other keys in its inputs, but nodes may add some."""

    #: The model of keys that every trigger has to give.
    required: Any = None
    #: Values of keys that a trigger may give.
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place in a graph: a node, and where it stands."""

    #: Its name in the graph: in the template, in states, results and failures.
    identifier: str
    #: References to the outputs of the node.
    out: Ref
    node: AnyNode


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that is built."""

    #: The name that it is stored under.
    name: str
    #: The JSON that is uploaded, with `***` for each secret.
    template: dict[str, Any]
    #: Checks and writes the trigger's inputs; None: anything goes.
    inputs: TypeAdapter[Any] | None
    #: Checks what the trigger has to give the store; None: nothing.
    required_store: TypeAdapter[Any] | None
    #: Identifiers of the places whose outputs `call` gives; None: all ends.
    ends: tuple[str, ...] | None
    secrets: Mapping[str, str] = field(repr=False)

    def template_with_secrets(self) -> dict[str, Any]:
        """The template with the values of its secrets."""
        return {**self.template, "secrets": dict(self.secrets)} if self.secrets else self.template


def graph(
    name: str,
    *,
    inputs: Any = None,
    secrets: Mapping[str, str] | None = None,
    retry: Retry | None = None,
    order: Literal["DEPTH_FIRST", "BREADTH_FIRST"] | None = None,
    limits: Limits | None = None,
    triggers: Sequence[Trigger] = (),
    store: Store | None = None,
    labels: Mapping[str, str] | None = None,
) -> Callable[[Callable[["GraphBuilder"], Place | Sequence[Place] | None]], Graph]:
    """Builds a graph: the function that it decorates says what follows what, and its name is then the graph.

    What the function returns are the places whose outputs `Client.call` gives; nothing: all ends.

    - `inputs`: a pydantic model, or another type with fields, of the trigger's inputs. They also reach the first node, by
      name, over its own.
    - `secrets`: values by name, for the nodes that need them. Only `Client.upsert` and `validate` send them.
    - `retry`: the rule for trying failed work again, for places without their own. `order`: which branches go first.
    - `limits`: of a run. `triggers`: what starts runs without a call. `store`: of a run at its start.
    - `labels`: by which runs are found, at most 8; a trigger may give others.

    Raises GraphError: a bad name or id, an unknown output or input, a value that does not fit, a secret without value, no
    start or two, or a returned place that others follow.
    """
    if not _NAME.fullmatch(name):
        raise GraphError(f'graph name "{name}": must be 1 to 128 of A-Z a-z 0-9 _ . -')
    adapter = None if inputs is None else TypeAdapter(inputs)
    required = None if store is None or store.required is None else TypeAdapter(store.required)
    for secret, value in (secrets or {}).items():
        if not isinstance(value, str):
            raise GraphError(f"graph {name}: the secret {secret} has no value: set it, or remove it from the graph")

    def build(function: Callable[["GraphBuilder"], Place | Sequence[Place] | None]) -> Graph:
        builder = GraphBuilder(
            name, _schema_of(adapter), _store_schema(required, store), secrets=frozenset(secrets or ())
        )
        returned = function(builder)
        ends = None if returned is None else tuple(place.identifier for place in _listed(returned))
        template = given(
            nodes=builder._finished(ends or ()),
            secrets=dict.fromkeys(secrets, PLACEHOLDER) if secrets else None,
            retry_policy=None if retry is None else retry.template(),
            order=order,
            limits=None if limits is None else limits.template(),
            triggers=[trigger_template(name, at, each, adapter) for at, each in enumerate(triggers)] or None,
            store_config=_store_template(required, store),
            labels=dict(labels) if labels else None,
        )
        return Graph(name, template, adapter, required, ends, dict(secrets or {}))

    return build


class GraphBuilder:
    """Says what follows what."""

    def __init__(self, name: str, inputs: Schema, store: Schema, *, secrets: frozenset[str]) -> None:
        self._name = name
        self._inputs = inputs
        self._secrets = secrets
        self._templates: dict[str, dict[str, Any]] = {}
        self._places: list[Place] = []
        #: References to the trigger's inputs.
        self.trigger = root_ref("trigger", inputs, owner=f"the trigger of graph {name}")
        #: References to the run's store, as it is when the node is handed out.
        self.store = root_ref("store", store, owner=f"the store of graph {name}")
        counts = {"type": "object", "properties": dict.fromkeys(_COUNTS, _INTEGER)}
        #: Numbers of branches by how they ended, in a uniting node; they add up to `total`.
        self.counts = united_ref("unite.counts", counts)
        #: Failures in the branches, in a uniting node. An input that is read in pages has all of them; any other one the
        #: first 1,000 at most, with messages cut to 256 characters: see `failures_left_out`.
        self.failures = united_ref("unite.failures", {"type": "array", "items": _FAILURE})
        #: Number of failures that `failures` leaves out where it is not read in pages.
        self.failures_left_out = united_ref("unite.failures_left_out", _INTEGER)
        #: True in a uniting node that runs before all branches have finished: the others are left out.
        self.partial = united_ref("unite.partial", _BOOLEAN)
        #: Number of the window, 1, 2, 3 …, in a uniting node that has windows; otherwise null.
        self.window = united_ref("unite.window", {"anyOf": [_INTEGER, {"type": "null"}]})
        #: True in a uniting node if no window follows.
        self.final = united_ref("unite.final", _BOOLEAN)

    def start(
        self,
        node: AnyNode,
        inputs: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002
        retry: Retry | None = None,
        timeout: Duration | None = None,
        max_parallel: int | None = None,
        rate: Rate | None = None,
    ) -> Place:
        """Places the node that every run begins with.

        - `id`: unique in the graph, `[A-Za-z0-9_-]{1,128}`; made from the node's name if absent.
        - `retry`: in place of the graph's. `timeout`: one attempt lasts at most so long, wherever it runs.
        - `max_parallel`: states of one run that are handed out at once, at most.
        - `rate`: states that are handed out in a span of time, over all runs of the graph.
        """
        if self._templates:
            raise self._error(f"a graph has one start; place {node.name} after another node")
        return self._add((), node, inputs or {}, id, retry, timeout, max_parallel, rate)

    def after(
        self,
        parents: Place | Sequence[Place],
        node: AnyNode,
        inputs: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002
        retry: Retry | None = None,
        timeout: Duration | None = None,
        max_parallel: int | None = None,
        rate: Rate | None = None,
    ) -> Place:
        """Places a node that runs once for each output of its parent, or of each of several. Options as of `start`."""
        return self._add(self._own(parents), node, inputs or {}, id, retry, timeout, max_parallel, rate)

    def unite(
        self,
        united: Place,
        parents: Place | Sequence[Place],
        node: AnyNode,
        inputs: Mapping[str, Any] | None = None,
        *,
        strategy: UniteStrategy | None = None,
        min_success: Share | None = None,
        tolerated_failures: Share | None = None,
        unite_timeout: Duration | None = None,
        fail_fast: bool | None = None,
        window: Window | None = None,
        id: str | None = None,  # noqa: A002
        retry: Retry | None = None,
        timeout: Duration | None = None,
        max_parallel: int | None = None,
        rate: Rate | None = None,
    ) -> Place:
        """Places a node that runs once, when all branches of one execution of `united` have come through `parents`.

        `all_of` makes lists of what the branches came to.

        - `strategy`: `ALL_SUCCESS`, if absent: all have finished, and no more failed than `tolerated_failures`.
          `ALL_DONE`: all have finished. `QUORUM`: `min_success` have succeeded; the others are cancelled.
        - `unite_timeout`: so long after the united node has returned, the strategy decides over what has finished.
        - `fail_fast`: gives up as soon as the strategy cannot be met any more, and cancels the rest.
        - `window`, with ALL_DONE: fires whenever it is full, then once more when all branches have finished.

        The others are those of `start`; `timeout` is of one attempt of the node.
        """
        (own,) = self._own(united)
        try:
            unites = unites_template(
                own.identifier,
                strategy=strategy,
                min_success=min_success,
                tolerated_failures=tolerated_failures,
                unite_timeout=unite_timeout,
                fail_fast=fail_fast,
                window=window,
            )
        except GraphError as error:
            raise self._error(f"{node.name}: {error}") from None
        return self._add(self._own(parents), node, inputs or {}, id, retry, timeout, max_parallel, rate, unites)

    def _add(
        self,
        parents: Sequence[Place],
        node: AnyNode,
        inputs: Mapping[str, Any],
        identifier: str | None,
        retry: Retry | None,
        timeout: Duration | None,
        max_parallel: int | None,
        rate: Rate | None,
        unites: dict[str, Any] | None = None,
    ) -> Place:
        if not isinstance(node, AnyNode):
            raise self._error(f"{node!r} is no node: declare it with @node")
        self._check_inputs(node, inputs, is_start=not parents, is_uniting=unites is not None)
        self._check_secrets(node)
        chosen = (
            choose_identifier(node.name, self._templates)
            if identifier is None
            else check_identifier(identifier, self._templates)
        )
        self._templates[chosen] = given(
            node_name=node.name,
            identifier=chosen,
            inputs=write_input(inputs, to_jsonable_python) if inputs else None,
            unites=unites,
            retry_policy=None if retry is None else retry.template(),
            timeout_ms=None if timeout is None else millis_of("timeout", timeout),
            max_parallel=max_parallel,
            rate=None if rate is None else rate_template(rate),
            next_nodes=[],
        )
        for parent in {each.identifier: each for each in parents}:
            self._templates[parent]["next_nodes"].append(chosen)
        place = Place(
            chosen, root_ref(f"{chosen}.outputs", node.output_schema, owner=f"the output of {node.name}"), node
        )
        self._places.append(place)
        return place

    def _own(self, places: Place | Iterable[Place]) -> list[Place]:
        found = _listed(places)
        if not found:
            raise self._error("a node is placed after at least one place")
        for place in found:
            if not isinstance(place, Place):
                raise self._error(f"{place!r} is no place: give what start, after or unite returned")
            if place not in self._places:
                raise self._error(f'"{place.identifier}" is a place in another graph')
        return found

    def _check_inputs(self, node: AnyNode, inputs: Mapping[str, Any], *, is_start: bool, is_uniting: bool) -> None:
        schema = node.input_schema
        definitions = schema.get("$defs", {})
        fields = properties_of(schema, definitions)
        for name, value in inputs.items():
            if fields is not None and name not in fields:
                raise self._error(f'{node.name} has no input "{name}"{did_you_mean(name, fields)}')
            misplaced = next((each for each in refs_in(value) if each._is_united and not is_uniting), None)
            if misplaced is not None:
                raise self._error(f"input {name} of {node.name}: {misplaced} is there only where branches are united")
            if fields is not None:
                self._check_type(node, name, value, fields[name], definitions)
        trigger = properties_of(self._inputs, self._inputs.get("$defs", {})) if is_start else {}
        missing = [
            name
            for name in schema.get("required", ())
            if name not in inputs and trigger is not None and name not in trigger
        ]
        if missing:
            raise self._error(f"{node.name} needs the input{'s' if len(missing) > 1 else ''} {', '.join(missing)}")

    def _check_type(self, node: AnyNode, name: str, value: Any, wanted: Schema, definitions: Schema) -> None:
        if isinstance(value, Ref):
            if fits(value._schema, value._definitions, wanted, definitions):
                return
            have, hint = shown(value._schema, value._definitions), ""
            if fits({"type": "array", "items": value._schema}, value._definitions, wanted, definitions):
                hint = ": a list over all branches is all_of(…), in a uniting node"
            want = shown(wanted, definitions)
            raise self._error(f"input {name} of {node.name} is {want}, and {value._expression} gives {have}{hint}")
        if isinstance(value, str) and "${{" in value:
            return
        given_type: Schema = {"type": type_of(value)}
        if not fits(given_type, {}, wanted, definitions):
            raise self._error(f"input {name} of {node.name} is {shown(wanted, definitions)}, and {value!r} is none")

    def _check_secrets(self, node: AnyNode) -> None:
        for secret in node.secrets:
            if secret not in self._secrets:
                raise self._error(
                    f'{node.name} needs the secret "{secret}", which the graph does not have'
                    f"{did_you_mean(secret, self._secrets)}"
                )

    def _finished(self, ends: Iterable[str]) -> list[dict[str, Any]]:
        if not self._templates:
            raise self._error("it has no start")
        for end in ends:
            following = self._templates[end]["next_nodes"] if end in self._templates else ()
            if following:
                raise self._error(f'it returns "{end}", but "{following[0]}" follows it: only ends have results')
        return list(self._templates.values())

    def _error(self, message: str) -> GraphError:
        return GraphError(f"graph {self._name}: {message}")


def _listed(places: Place | Iterable[Place]) -> list[Place]:
    return [places] if isinstance(places, Place) else list(places)


def _schema_of(adapter: TypeAdapter[Any] | None) -> Schema:
    return {} if adapter is None else adapter.json_schema(by_alias=True)


def _store_schema(required: TypeAdapter[Any] | None, store: Store | None) -> Schema:
    """The keys that expressions may name, with what is known of their values."""
    described = dict(_schema_of(required))
    defaults = {key: {"type": type_of(value)} for key, value in (store.defaults if store else {}).items()}
    return {
        "type": "object",
        "$defs": described.get("$defs", {}),
        "properties": {**defaults, **described.get("properties", {})},
    }


def _store_template(required: TypeAdapter[Any] | None, store: Store | None) -> dict[str, Any] | None:
    if store is None:
        return None
    keys = list(_schema_of(required).get("properties", {}))
    return given(required_keys=keys or None, default_values=dict(store.defaults) or None)
