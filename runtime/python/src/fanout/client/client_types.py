"""Answers to a client. Instants are `datetime` in UTC."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from fanout.wire.errors import Violation

#: RUNNING and PAUSED runs go on; those of any other status have ended.
RunStatus: TypeAlias = Literal["RUNNING", "SUCCESS", "FAILED", "CANCELLED", "PAUSED"]

#: API: `trigger`. CALL: `call`. CRON: a slot of a cron trigger. RUN_END: the end of another run.
TriggerKind: TypeAlias = Literal["API", "CALL", "CRON", "RUN_END"]

#: CREATED: waits. QUEUED: a runtime executes it. EXECUTED: its outputs are durable. SUCCESS: what follows it exists.
#: RETRY_CREATED: it failed, and another attempt has taken its place. ERRORED, PRUNED, CANCELLED: it ended so.
StateStatus: TypeAlias = Literal[
    "CREATED", "QUEUED", "EXECUTED", "SUCCESS", "ERRORED", "RETRY_CREATED", "PRUNED", "CANCELLED"
]

#: Rights of a token: connecting as a runtime; graphs, runs and nodes; all that and tokens.
Role: TypeAlias = Literal["runtime", "client", "admin"]


@dataclass(frozen=True, slots=True)
class TimeHistogram:
    """Times of a number of executions, in buckets of which each goes to four times as much as the one before."""

    #: Numbers by bucket: the first has what took less than the first bound, the last what took the last bound or longer.
    counts: Sequence[int]
    #: Bounds between the buckets, milliseconds: one less than there are buckets.
    bounds_ms: Sequence[int]
    #: The time that half of them took at most, interpolated within its bucket.
    p50_ms: float
    #: The time that 95 % of them took at most, likewise.
    p95_ms: float


@dataclass(frozen=True, slots=True)
class NodeCounts:
    """Numbers of states of one place in the graph, by status. Each state is in one of them."""

    identifier: str
    node_name: str
    created: int
    queued: int
    executed: int
    success: int
    errored: int
    retry_created: int
    pruned: int
    cancelled: int
    #: Superseded by a retry by hand, whatever their status.
    superseded: int
    #: Executions that have ended, however: each attempt is one, and those of superseded states are among them.
    executions: int = 0
    #: Outputs that these have returned or emitted.
    outputs: int = 0
    #: States that have replaced one that had failed or was cancelled, by themselves or by hand.
    retries: int = 0
    #: How long the states of the executions had waited until they were leased; None: nothing was executed.
    waiting_times: TimeHistogram | None = None
    #: How long the executions took; None: nothing was executed.
    running_times: TimeHistogram | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands."""

    #: The id that `get`, `watch`, `result` and the other methods take.
    id: str
    namespace: str
    graph_name: str
    #: The version of the graph that the run began with.
    graph_version: int
    status: RunStatus
    #: The instant of its trigger.
    created_at: datetime.datetime
    #: The instant from which its first state may be handed out; None: at once.
    start_at: datetime.datetime | None
    #: None while the run goes on.
    ended_at: datetime.datetime | None
    #: One entry for each place in the graph, in the graph's order; empty in lists of runs.
    counts: Sequence[NodeCounts]
    #: Number of states over all places, siblings included.
    state_count: int
    #: Higher runs first, -100 to 100.
    priority: int
    #: Labels of the graph, overlaid by those of the trigger.
    labels: Mapping[str, str] = field(default_factory=dict)
    #: Kind of what has started it.
    trigger_kind: TriggerKind = "API"


@dataclass(frozen=True, slots=True)
class TriggeredRun:
    """A run that was started."""

    id: str
    #: False if the key already had this run.
    created: bool


@dataclass(frozen=True, slots=True)
class RunResult:
    """One output at one of the ends of a run."""

    #: The end that it is: a place in the graph.
    identifier: str
    #: The state that it is the output of.
    state_id: str
    #: The place of the state in the run; results are ordered by it.
    path: str
    #: The value that the node returned.
    output: Any


@dataclass(frozen=True, slots=True)
class StateFailure:
    """The failure of a state."""

    #: Code in UPPER_SNAKE_CASE: that of a `NotRetryable`, NODE_ERROR, or the state manager's own, such as TIMEOUT.
    code: str
    #: The error that was raised, its causes and its place in the code, or the state manager's own message.
    message: str
    #: The traceback, or what a runtime in another language has instead; empty: none was reported.
    stack: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """One execution of one place in a graph."""

    id: str
    run_id: str
    #: The place in the graph that it executes.
    identifier: str
    node_name: str
    status: StateStatus
    #: 1, 2, 3 … of the same work.
    attempt: int
    #: A retry by hand has opened a unite again that it grew from: it counts nowhere any more.
    is_superseded: bool
    #: Its position in the run: output index and place, step by step.
    path: str
    #: State ids of its ancestors, by identifier.
    parents: Mapping[str, str]
    #: None as long as there is none. Of a PRUNED state: the data of its prune.
    output: Any
    #: None if it has not failed.
    failure: StateFailure | None
    #: The instant at which it came to its status.
    updated_at: datetime.datetime
    #: The instant from which it waits, or waited: its creation, or when it was given back last.
    created_at: datetime.datetime
    #: The instant at which it was leased; None: it waits, or has ended without that.
    started_at: datetime.datetime | None
    #: The instant at which its execution ended, or it ended without one; None: it has not.
    ended_at: datetime.datetime | None
    #: The earliest instant at which it is handed out, if that lies ahead.
    due_at: datetime.datetime | None
    #: The newest message of its node's `heartbeat`; empty: none, or it is not executed now.
    progress: str
    #: The session of the runtime that executes it, or has executed it last; empty: none has.
    session_id: str
    #: The name of that runtime, as long as it is connected.
    runtime_name: str
    #: The id of the attempt that has replaced it; empty: none has.
    next_attempt_id: str
    #: Label of its own output, or else of the nearest output above it that has one; empty: none has.
    label: str = ""


@dataclass(frozen=True, slots=True)
class StateDetails:
    """A state, with what is told of one at a time."""

    state: State
    #: All attempts of the same work that are states of their own, in their order, it among them, without outputs.
    attempts: Sequence[State]
    #: What it is given, without secrets; None: that was not asked for, or cannot be worked out.
    inputs: Mapping[str, Any] | None
    #: The reason for which it cannot.
    inputs_failure: StateFailure | None
    #: Names of inputs that are left out, since the node reads them in pages.
    united_inputs: Sequence[str]


#: Reasons for which something of a run does not get on: no connected runtime takes the node; a pause; `max_parallel`; no
#: free place; a time that has not come; it is executed; it is about to be handed out; an open unite.
WaitReason = Literal["NO_RUNTIME", "PAUSED", "MAX_PARALLEL", "RATE", "NO_PLACE", "DUE", "EXECUTING", "READY", "UNITE"]


@dataclass(frozen=True, slots=True)
class Wait:
    """States, or scopes, of one place that wait for one reason."""

    #: The place in the graph.
    identifier: str
    node_name: str
    reason: WaitReason
    #: Number of states; with UNITE, of scopes.
    count: int
    #: The instant that ends the wait; None: none is known.
    due_at: datetime.datetime | None
    #: A sentence that says what to do, where something can be done.
    text: str


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one place with one code, whose messages differ in nothing but numbers, ids and quoted texts."""

    #: The place in the graph.
    identifier: str
    node_name: str
    code: str
    #: What the messages have in common, with `…` for what differs.
    shape: str
    #: Number of states that have failed so.
    count: int
    first_at: datetime.datetime
    last_at: datetime.datetime
    #: One of them.
    example: State


@dataclass(frozen=True, slots=True)
class GroupedFailures:
    """Failures of a run that nobody has retried."""

    #: The largest groups first, at most 100.
    groups: Sequence[FailureGroup]
    #: Number of groups beside these.
    groups_left_out: int
    #: There are more failures than the 20,000 that were looked at.
    is_incomplete: bool


@dataclass(frozen=True, slots=True)
class UnitePolicy:
    """The condition under which a unite fires."""

    #: The policy as it stands in the template, in one sentence.
    text: str
    strategy: Literal["ALL_SUCCESS", "ALL_DONE", "QUORUM"]
    #: QUORUM: so many have to succeed; 0 otherwise. A percentage is that of the branches known so far.
    min_success: int
    #: ALL_SUCCESS: so many may fail.
    tolerated_failures: int
    #: Seconds; None: it waits without a limit.
    timeout: float | None
    fail_fast: bool
    #: 0: not by number.
    window_count: int
    #: Seconds; None: not by time.
    window_interval: float | None


@dataclass(frozen=True, slots=True)
class UniteCounts:
    """Branches, by how they ended."""

    total: int
    succeeded: int
    failed: int
    pruned: int
    unfinished: int
    #: Left out when the unite closed early, before a retry by hand opened it again.
    left_out: int


@dataclass(frozen=True, slots=True)
class UnfinishedState:
    """A state that keeps a branch unfinished."""

    id: str
    identifier: str
    status: StateStatus
    attempt: int
    due_at: datetime.datetime | None
    #: The session of the runtime that executes it; empty: none does.
    session_id: str
    #: The newest message of its node's `heartbeat`.
    progress: str


@dataclass(frozen=True, slots=True)
class MissingBranch:
    """A branch that a unite waits for."""

    #: The index of the output that it grew from.
    index: int
    unfinished_states: int
    #: The first few of them.
    states: Sequence[UnfinishedState]
    #: The label of that output; empty: it has none.
    label: str = ""


@dataclass(frozen=True, slots=True)
class FailureReason:
    """A reason for which branches of a unite have failed: failures of one place with one code."""

    identifier: str
    code: str
    #: The message of the first of them, cut if it is long.
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class UniteScope:
    """All branches of one execution of the united node, as a uniting node waits for them."""

    uniting_identifier: str
    #: The uniting state: the newest, if windows have made several; empty: there is none yet.
    uniting_state_id: str
    united_identifier: str
    #: The united execution, by the state that took its first output.
    united_state_id: str
    #: It waits, has fired, cannot be met any more, or was ended before.
    status: Literal["OPEN", "FIRED", "GAVE_UP", "CANCELLED"]
    #: 1, and one more each time that a retry by hand opens it again.
    generation: int
    policy: UnitePolicy
    counts: UniteCounts
    #: All branches are known: the united node has returned.
    is_sealed: bool
    #: The instant at which the strategy decides over what has finished then; None: never.
    deadline_at: datetime.datetime | None
    #: The next event of the unite, and its time, in one sentence.
    next: str
    #: Branches that are unfinished, by index.
    missing: Sequence[MissingBranch]
    #: The first reasons for which branches have failed, if it gave up, the most frequent ones first.
    reasons: Sequence[FailureReason]


@dataclass(frozen=True, slots=True)
class StoredGraph:
    """The outcome of the upload of a graph."""

    #: 1, 2, 3 …
    version: int
    #: False if the newest version was the same already.
    created: bool
    #: Faults that do not keep it from being stored, such as nodes that no runtime has offered yet.
    warnings: Sequence[Violation]


@dataclass(frozen=True, slots=True)
class GraphVersion:
    """A stored version of a graph template."""

    name: str
    namespace: str
    version: int
    template: Any
    created_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class PlaceEstimate:
    """The cost of a run at one place in its graph."""

    identifier: str
    #: Number of times that it is handed out.
    executions: int
    #: Executions, and siblings of those with several outputs.
    states: int
    #: Number of times that it is united, summed over the places that unite it.
    scopes: int


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """The cost of a run if nothing fails and every output goes to all next nodes."""

    states: int
    scopes: int
    #: JSON that the trigger and the nodes put in.
    payload_bytes: int
    #: Bytes that Redis needs for all of it, payload included.
    storage_bytes: int
    places: Sequence[PlaceEstimate]


@dataclass(frozen=True, slots=True)
class GraphCheck:
    """The outcome of a check of a graph, which is not stored."""

    #: All that keeps it from being stored.
    violations: Sequence[Violation]
    #: Also limits that a run like this would exceed.
    warnings: Sequence[Violation]
    #: None if there are violations.
    estimate: RunEstimate | None


@dataclass(frozen=True, slots=True)
class RuntimeCapacity:
    """Executions that a runtime takes at once, without places that are held by what lingers."""

    total: int
    per_node: Mapping[str, int]
    #: Executions that were cancelled or have timed out, and whose functions have not returned.
    lingering: int


@dataclass(frozen=True, slots=True)
class ConnectedRuntime:
    """A runtime that is connected now."""

    session_id: str
    name: str
    #: The language of its SDK, such as `python`.
    language: str
    node_names: Sequence[str]
    capacity: RuntimeCapacity
    #: Executions that it holds.
    in_flight: int
    connected_at: datetime.datetime
    #: It takes nothing new, and finishes what it has.
    is_draining: bool


@dataclass(frozen=True, slots=True)
class RegisteredNode:
    """A node that a runtime has offered."""

    name: str
    description: str
    #: JSON Schema; None: anything goes.
    input_schema: Any
    #: JSON Schema of one output; None: anything goes.
    output_schema: Any
    iterator_inputs: Sequence[str]
    secrets: Sequence[str]
    #: The instant at which it was first offered as it is now.
    registered_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its text."""

    id: str
    namespace: str
    role: Role
    created_at: datetime.datetime
    #: None: it lasts until it is revoked.
    expires_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, with its text, which cannot be read again."""

    token: Token
    #: Its text: clients and runtimes are given it as `token`.
    bearer: str
