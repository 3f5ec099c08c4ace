"""The hello: what a runtime tells of itself."""

import json
import os
import uuid
from collections.abc import Iterable

from fanout._proto.v1.node_pb2 import Capacity, NodeDefinition, NodeRate
from fanout._proto.v1.runtime_service_pb2 import Hello
from fanout.hosting.frames import Lease
from fanout.hosting.runtime_options import RuntimeOptions
from fanout.nodes.node import AnyNode
from fanout.nodes.rate import Rate

_PROTOCOL_VERSION = 1
_process: tuple[int, str] = (0, "")


def hello_of(options: RuntimeOptions, *, capacity: Capacity, session_id: str, held: Iterable[Lease]) -> Hello:
    """Introduces a runtime to a state manager; `session_id` is that of the session to resume, or empty."""
    return Hello(
        protocol_version=_PROTOCOL_VERSION,
        namespace=options.namespace,
        runtime_name=options.name,
        language="python",
        nodes=map(_definition_of, options.nodes),
        capacity=capacity,
        session_id=session_id,
        held_leases=[lease.held() for lease in held],
        process_id=_process_id(),
    )


def _definition_of(node: AnyNode) -> NodeDefinition:
    return NodeDefinition(
        name=node.name,
        input_schema_json=json.dumps(node.input_schema),
        output_schema_json=json.dumps(node.output_schema),
        iterator_inputs=node.iterator_inputs,
        secrets=node.secrets,
        open_fan_out=node.open_fan_out,
        description=node.description,
        rate=None if node.rate is None else _rate_of(node.rate),
    )


def _rate_of(rate: Rate) -> NodeRate:
    return NodeRate(limit=rate.limit, per_ms=rate.per_ms, key=rate.key or "")


def _process_id() -> str:
    """Names this process: its runtimes die together, so what they hold then is judged together."""
    global _process
    if _process[0] != os.getpid():
        _process = (os.getpid(), str(uuid.uuid4()))
    return _process[1]
