"""The smallest runtime: what the protocol asks for, and a node for each step of the graph of the concept page."""

import json
import os
import queue
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from fanout.v1 import runtime_service_pb2 as pb
from fanout.v1 import runtime_service_pb2_grpc as services
from fanout.v1.node_pb2 import Capacity, NodeDefinition

NODES = {
    "DataSplitterNode": lambda data: [{"chunk": data[at : at + 100]} for at in range(0, len(data), 100)],
    "DataProcessorNode": lambda data: {"result": sum(data)},
    "ResultMergerNode": lambda processed_data: {"total": sum(processed_data), "parts": len(processed_data)},
}
CAPACITY = 8
pool = ThreadPoolExecutor(CAPACITY)
#: Leases, each with its report once there is one: kept until it is acked.
held: dict[tuple[str, str], pb.Report | None] = {}


class Stream:
    """One stream, and what is to be sent on it."""

    def __init__(self) -> None:
        self.frames: queue.SimpleQueue[pb.ConnectRequest] = queue.SimpleQueue()
        self.heartbeat = 1.0

    def send(self, **frame: Any) -> None:
        """Sends a frame as soon as it is its turn."""
        self.frames.put(pb.ConnectRequest(**frame))

    def requests(self, session: str) -> Iterator[pb.ConnectRequest]:
        """Gives the hello, then what is sent, and a heartbeat when nothing is."""
        hello = pb.Hello(
            protocol_version=1,
            runtime_name="bare",
            nodes=[NodeDefinition(name=name) for name in NODES],
            capacity=Capacity(total=CAPACITY),
            session_id=session,
            held_leases=[pb.HeldLease(state_id=state, lease_token=token) for state, token in tuple(held)],
        )
        yield pb.ConnectRequest(hello=hello)
        while True:
            try:
                yield self.frames.get(timeout=self.heartbeat)
            except queue.Empty:
                yield pb.ConnectRequest(heartbeat=pb.Heartbeat())


def execute(assignment: pb.Assignment, stream: Stream) -> None:
    """Runs a node, and reports what came of it."""
    lease = assignment.state_id, assignment.lease_token
    report = pb.Report(state_id=lease[0], lease_token=lease[1])
    try:
        result = NODES[assignment.node_name](**json.loads(assignment.inputs_json))
        outputs = result if isinstance(result, list) else [result or {}]
        report.executed.CopyFrom(pb.Executed(outputs=[pb.Output(output_json=json.dumps(each)) for each in outputs]))
    except Exception as error:  # whatever code raises, the state manager is told
        report.errored.CopyFrom(pb.Errored(code=type(error).__name__, message=str(error)))
    if lease in held:
        held[lease] = report
        stream.send(reports=pb.Reports(items=[report]))


def serve(address: str, session: str = "") -> None:
    """Keeps a stream open, and resumes its session with what it holds whenever it breaks."""
    while True:
        stream = Stream()
        try:
            with grpc.insecure_channel(address) as channel:
                for down in services.RuntimeServiceStub(channel).Connect(stream.requests(session)):
                    session = take(down, stream) or session
        except grpc.RpcError as error:
            print(f"disconnected: {error.code().name}: {error.details()}", flush=True)
        time.sleep(0.1)  # a session can be resumed for half a second, if the state manager says nothing else


def take(down: pb.ConnectResponse, stream: Stream) -> str:
    """Does what a frame says; of a welcome, gives the session."""
    for over in (*down.welcome.lost_leases, *down.cancellations.items, *down.acks.items):
        held.pop((over.state_id, over.lease_token), None)
    for each in down.assignments.items:
        held[each.state_id, each.lease_token] = None
        pool.submit(execute, each, stream)
    if down.HasField("ping"):
        stream.send(pong=pb.Pong(nonce=down.ping.nonce))
    if down.HasField("welcome"):
        print("connected", flush=True)
        stream.heartbeat = down.welcome.heartbeat_interval.ToTimedelta().total_seconds()
        stream.send(reports=pb.Reports(items=[report for report in held.values() if report]))
    return down.welcome.session_id


if __name__ == "__main__":
    serve(os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"))
