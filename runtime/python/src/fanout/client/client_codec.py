"""Reads what a state manager tells: enums have prefixes, instants have parts, and what is absent is zero."""

import datetime
import json
from typing import Any, cast

from google.protobuf.timestamp_pb2 import Timestamp

from fanout._proto.v1 import admin_service_pb2, graph_pb2, node_pb2, run_pb2, state_pb2, unite_pb2
from fanout._proto.v1.run_service_pb2 import GetStateResponse, GroupFailuresResponse
from fanout.client.client_types import (
    ConnectedRuntime,
    FailureGroup,
    FailureReason,
    GraphVersion,
    GroupedFailures,
    MissingBranch,
    NodeCounts,
    PlaceEstimate,
    RegisteredNode,
    Role,
    Run,
    RunEstimate,
    RunResult,
    RuntimeCapacity,
    State,
    StateDetails,
    StateFailure,
    TimeHistogram,
    Token,
    UnfinishedState,
    UniteCounts,
    UnitePolicy,
    UniteScope,
    Wait,
)
from fanout.wire.durations import read_instant, read_seconds
from fanout.wire.errors import Violation


def read_run(run: run_pb2.Run) -> Run:
    """A run."""
    return Run(
        id=run.run_id,
        namespace=run.namespace,
        graph_name=run.graph_name,
        graph_version=run.graph_version,
        status=_name(run_pb2.RunStatus, run.status, "RUN_STATUS_"),
        created_at=read_instant(run.create_time),
        start_at=_instant(run, "start_time"),
        ended_at=_instant(run, "end_time"),
        counts=tuple(map(_read_counts, run.counts)),
        state_count=run.state_count,
        priority=run.priority,
        labels=dict(run.labels),
        trigger_kind=_name(run_pb2.TriggerKind, run.trigger_kind, "TRIGGER_KIND_"),
    )


def _read_counts(counts: run_pb2.NodeCounts) -> NodeCounts:
    return NodeCounts(
        identifier=counts.identifier,
        node_name=counts.node_name,
        created=counts.created,
        queued=counts.queued,
        executed=counts.executed,
        success=counts.success,
        errored=counts.errored,
        retry_created=counts.retry_created,
        pruned=counts.pruned,
        cancelled=counts.cancelled,
        superseded=counts.superseded,
        executions=counts.executions,
        outputs=counts.outputs,
        retries=counts.retries,
        waiting_times=_read_times(counts.waiting_times) if counts.HasField("waiting_times") else None,
        running_times=_read_times(counts.running_times) if counts.HasField("running_times") else None,
    )


def _read_times(times: run_pb2.TimeHistogram) -> TimeHistogram:
    return TimeHistogram(tuple(times.counts), tuple(times.bounds_ms), times.p50_ms, times.p95_ms)


def read_result(result: run_pb2.RunResult) -> RunResult:
    """One result."""
    return RunResult(result.identifier, result.state_id, result.path, _json(result.output_json))


def read_state(state: state_pb2.State) -> State:
    """A state."""
    failure = _read_failure(state.failure) if state.HasField("failure") else None
    return State(
        id=state.state_id,
        run_id=state.run_id,
        identifier=state.identifier,
        node_name=state.node_name,
        status=_name(state_pb2.StateStatus, state.status, "STATE_STATUS_"),
        attempt=state.attempt,
        is_superseded=state.superseded,
        path=state.path,
        parents=dict(state.parents),
        output=_json(state.output_json),
        failure=failure,
        updated_at=read_instant(state.update_time),
        created_at=read_instant(state.create_time),
        started_at=_instant(state, "start_time"),
        ended_at=_instant(state, "end_time"),
        due_at=_instant(state, "due_time"),
        progress=state.progress,
        session_id=state.session_id,
        runtime_name=state.runtime_name,
        next_attempt_id=state.next_attempt_state_id,
        label=state.label,
    )


def _read_failure(failure: state_pb2.Failure) -> StateFailure:
    return StateFailure(failure.code, failure.message, failure.stack)


def read_state_details(answer: GetStateResponse) -> StateDetails:
    """A state with its attempts and inputs."""
    failure = _read_failure(answer.inputs_failure) if answer.HasField("inputs_failure") else None
    return StateDetails(
        state=read_state(answer.state),
        attempts=[read_state(attempt) for attempt in answer.attempts],
        inputs=json.loads(answer.inputs_json) if answer.inputs_json else None,
        inputs_failure=failure,
        united_inputs=list(answer.united_inputs),
    )


def read_wait(wait: run_pb2.Wait) -> Wait:
    """What waits at one place for one reason."""
    return Wait(
        identifier=wait.identifier,
        node_name=wait.node_name,
        reason=_name(run_pb2.WaitReason, wait.reason, "WAIT_REASON_"),
        count=wait.count,
        due_at=_instant(wait, "due_time"),
        text=wait.text,
    )


def read_grouped_failures(answer: GroupFailuresResponse) -> GroupedFailures:
    """Failures of a run, grouped."""
    groups = [
        FailureGroup(
            identifier=group.identifier,
            node_name=group.node_name,
            code=group.code,
            shape=group.shape,
            count=group.count,
            first_at=read_instant(group.first_time),
            last_at=read_instant(group.last_time),
            example=read_state(group.example),
        )
        for group in answer.groups
    ]
    return GroupedFailures(groups, answer.groups_left_out, answer.incomplete)


def read_unite_scope(scope: unite_pb2.UniteScope) -> UniteScope:
    """A scope of a unite."""
    counts = scope.counts
    return UniteScope(
        uniting_identifier=scope.uniting_identifier,
        uniting_state_id=scope.uniting_state_id,
        united_identifier=scope.united_identifier,
        united_state_id=scope.united_state_id,
        status=_name(unite_pb2.UniteScopeStatus, scope.status, "UNITE_SCOPE_STATUS_"),
        generation=scope.generation,
        policy=_read_policy(scope.policy),
        counts=UniteCounts(
            total=counts.total,
            succeeded=counts.succeeded,
            failed=counts.failed,
            pruned=counts.pruned,
            unfinished=counts.unfinished,
            left_out=counts.left_out,
        ),
        is_sealed=scope.sealed,
        deadline_at=_instant(scope, "deadline"),
        next=scope.next,
        missing=tuple(map(_read_missing, scope.missing)),
        reasons=tuple(FailureReason(each.identifier, each.code, each.message, each.count) for each in scope.reasons),
    )


def _read_policy(policy: unite_pb2.UnitePolicy) -> UnitePolicy:
    return UnitePolicy(
        text=policy.text,
        strategy=_name(unite_pb2.UniteStrategy, policy.strategy, "UNITE_STRATEGY_"),
        min_success=policy.min_success,
        tolerated_failures=policy.tolerated_failures,
        timeout=read_seconds(policy.timeout) if policy.HasField("timeout") else None,
        fail_fast=policy.fail_fast,
        window_count=policy.window_count,
        window_interval=read_seconds(policy.window_interval) if policy.HasField("window_interval") else None,
    )


def _read_missing(branch: unite_pb2.MissingBranch) -> MissingBranch:
    states = tuple(
        UnfinishedState(
            id=state.state_id,
            identifier=state.identifier,
            status=_name(state_pb2.StateStatus, state.status, "STATE_STATUS_"),
            attempt=state.attempt,
            due_at=_instant(state, "due_time"),
            session_id=state.session_id,
            progress=state.progress,
        )
        for state in branch.states
    )
    return MissingBranch(branch.index, branch.unfinished_states, states, branch.label)


def read_graph(graph: graph_pb2.Graph) -> GraphVersion:
    """A stored version of a graph."""
    return GraphVersion(
        name=graph.name,
        namespace=graph.namespace,
        version=graph.version,
        template=_json(graph.template_json),
        created_at=read_instant(graph.create_time),
    )


def read_violation(violation: graph_pb2.GraphViolation) -> Violation:
    """One rule that a graph breaks."""
    return Violation(violation.path, violation.code, violation.description)


def read_estimate(estimate: graph_pb2.RunEstimate) -> RunEstimate:
    """The cost of a run."""
    places = tuple(PlaceEstimate(each.identifier, each.executions, each.states, each.scopes) for each in estimate.nodes)
    return RunEstimate(
        states=estimate.states,
        scopes=estimate.scopes,
        payload_bytes=estimate.payload_bytes,
        storage_bytes=estimate.storage_bytes,
        places=places,
    )


def read_runtime(runtime: node_pb2.ConnectedRuntime) -> ConnectedRuntime:
    """A connected runtime."""
    capacity = runtime.capacity
    return ConnectedRuntime(
        session_id=runtime.session_id,
        name=runtime.runtime_name,
        language=runtime.language,
        node_names=tuple(runtime.node_names),
        capacity=RuntimeCapacity(capacity.total, dict(capacity.per_node), capacity.lingering),
        in_flight=runtime.in_flight,
        connected_at=read_instant(runtime.connect_time),
        is_draining=runtime.draining,
    )


def read_node(node: node_pb2.RegisteredNode) -> RegisteredNode:
    """A registered node."""
    definition = node.definition
    return RegisteredNode(
        name=definition.name,
        description=definition.description,
        input_schema=_json(definition.input_schema_json),
        output_schema=_json(definition.output_schema_json),
        iterator_inputs=tuple(definition.iterator_inputs),
        secrets=tuple(definition.secrets),
        registered_at=read_instant(node.register_time),
    )


def read_token(token: admin_service_pb2.Token) -> Token:
    """A token."""
    role = cast(Role, _name(admin_service_pb2.Role, token.role, "ROLE_").lower())
    return Token(
        id=token.token_id,
        namespace=token.namespace,
        role=role,
        created_at=read_instant(token.create_time),
        expires_at=_instant(token, "expire_time"),
    )


def _name(enum: Any, value: int, prefix: str) -> Any:
    """`RUN_STATUS_FAILED` is `FAILED`; a value that this version does not know is its number."""
    try:
        return str(enum.Name(value)).removeprefix(prefix)
    except ValueError:
        return str(value)


def _json(text: str) -> Any:
    return json.loads(text) if text else None


def _instant(message: Any, name: str) -> datetime.datetime | None:
    time: Timestamp = getattr(message, name)
    return read_instant(time) if message.HasField(name) else None
