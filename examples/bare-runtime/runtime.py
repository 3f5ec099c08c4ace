"""The smallest runtime: what the protocol asks for, and a node for each step of the graph of the concept page."""

import json
import os
import queue
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
from fanout.v1 import runtime_service_pb2 as pb
from fanout.v1.node_pb2 import Capacity, NodeDefinition
from fanout.v1.runtime_service_pb2_grpc import RuntimeServiceStub

NODES = {
    "DataSplitterNode": lambda data: [{"chunk": data[at : at + 100]} for at in range(0, len(data), 100)],
    "DataProcessorNode": lambda data: {"result": sum(data)},
    "ResultMergerNode": lambda processed_data: {"total": sum(processed_data), "parts": len(processed_data)},
}
pool = ThreadPoolExecutor(8)
#: Frames to be sent on one stream.
Ready = queue.SimpleQueue[pb.ConnectRequest]
#: Leases, each with its report once there is one: kept until it is acked.
held: dict[tuple[str, str], pb.Report | None] = {}
#: The newest welcome: names the session, and says how often to beat.
welcome = pb.Welcome()


def frames(ready: Ready) -> Iterator[pb.ConnectRequest]:
    """Gives the hello, then what is ready to be sent, and a heartbeat when nothing is."""
    nodes = [NodeDefinition(name=name) for name in NODES]
    leases = [pb.HeldLease(state_id=state, lease_token=token) for state, token in tuple(held)]
    session = {"session_id": welcome.session_id, "held_leases": leases, "capacity": Capacity(total=8)}
    yield pb.ConnectRequest(hello=pb.Hello(protocol_version=1, runtime_name="bare", nodes=nodes, **session))
    while True:
        try:
            yield ready.get(timeout=welcome.heartbeat_interval.ToTimedelta().total_seconds() or 1)
        except queue.Empty:
            yield pb.ConnectRequest(heartbeat=pb.Heartbeat())


def execute(assignment: pb.Assignment, ready: Ready) -> None:
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
        ready.put(pb.ConnectRequest(reports=pb.Reports(items=[report])))


def take(down: pb.ConnectResponse, ready: Ready) -> None:
    """Does what a frame says."""
    for over in (*down.welcome.lost_leases, *down.cancellations.items, *down.acks.items):
        held.pop((over.state_id, over.lease_token), None)
    for each in down.assignments.items:
        held[each.state_id, each.lease_token] = None
        pool.submit(execute, each, ready)
    if down.HasField("ping"):
        ready.put(pb.ConnectRequest(pong=pb.Pong(nonce=down.ping.nonce)))
    if down.HasField("welcome"):
        welcome.CopyFrom(down.welcome)
        ready.put(pb.ConnectRequest(reports=pb.Reports(items=[report for report in held.values() if report])))
        print("connected", flush=True)


def serve(address: str) -> None:
    """Keeps a stream open, and resumes its session with what it holds whenever it breaks."""
    while True:
        ready: Ready = queue.SimpleQueue()
        try:
            with grpc.insecure_channel(address) as channel:
                for down in RuntimeServiceStub(channel).Connect(frames(ready)):
                    take(down, ready)
        except grpc.RpcError as error:
            print(f"disconnected: {error.code().name}: {error.details()}", flush=True)
        time.sleep(0.1)  # a session can be resumed for half a second, if the state manager says nothing else


if __name__ == "__main__":
    serve(os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"))
