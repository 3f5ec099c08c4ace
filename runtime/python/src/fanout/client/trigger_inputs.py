"""Inputs and store of a trigger, checked here as far as the graph says what it takes."""

import datetime
from collections.abc import Mapping
from typing import Any

import grpc
from pydantic import TypeAdapter, ValidationError

from fanout._proto.v1.run_service_pb2 import TriggerRunRequest
from fanout.graph.graph import Graph
from fanout.nodes.store import encode_json, encode_value
from fanout.wire.durations import wire_timestamp
from fanout.wire.errors import FieldInvalid, InputInvalid, StoreInvalid, Violation


def trigger_request(
    graph: Graph | str,
    inputs: Any,
    *,
    key: str,
    priority: int,
    traceparent: str,
    start_at: datetime.datetime | None,
    store: Mapping[str, Any] | None,
    labels: Mapping[str, str] | None,
) -> TriggerRunRequest:
    """The message that starts a run. Raises InputInvalid, StoreInvalid or FieldInvalid; TypeError: JSON cannot say it."""
    is_whole = isinstance(priority, int) and not isinstance(priority, bool)
    if not is_whole or not -100 <= priority <= 100:
        description = f"{priority!r} is no priority: give a whole number from -100 to 100"
        raise FieldInvalid(
            f"priority: {description}",
            code=grpc.StatusCode.INVALID_ARGUMENT,
            violations=[Violation("priority", "FIELD_INVALID", description)],
        )
    return TriggerRunRequest(
        graph_name=graph if isinstance(graph, str) else graph.name,
        inputs_json=_encode_inputs(graph, inputs),
        idempotency_key=key,
        priority=priority,
        traceparent=traceparent,
        start_time=None if start_at is None else wire_timestamp(start_at),
        store_json=_encode_store(graph, store or {}),
        labels=labels or {},
    )


def _encode_inputs(graph: Graph | str, inputs: Any) -> str:
    if isinstance(graph, str) or graph.inputs is None:
        return encode_json({} if inputs is None else inputs)
    try:
        value = graph.inputs.validate_python({} if inputs is None else inputs)
    except ValidationError as error:
        violations = _violations(error, "INPUT_INVALID")
        raise InputInvalid(
            f"the inputs of graph {graph.name} break its schema",
            code=grpc.StatusCode.INVALID_ARGUMENT,
            violations=violations,
        ) from None
    return graph.inputs.dump_json(value, by_alias=True).decode()


def _encode_store(graph: Graph | str, store: Mapping[str, Any]) -> dict[str, str]:
    required: TypeAdapter[Any] | None = None if isinstance(graph, str) else graph.required_store
    if required is not None and not isinstance(graph, str):
        try:
            required.validate_python(dict(store))
        except ValidationError as error:
            raise StoreInvalid(
                f"the values for the store of graph {graph.name} break its schema",
                code=grpc.StatusCode.INVALID_ARGUMENT,
                violations=_violations(error, "STORE_INVALID"),
            ) from None
    return {key: encode_value(key, value) for key, value in store.items()}


def _violations(error: ValidationError, code: str) -> list[Violation]:
    return [
        Violation(".".join(["$", *map(str, each["loc"])]), code, each["msg"])
        for each in error.errors(include_url=False, include_context=False)
    ]
