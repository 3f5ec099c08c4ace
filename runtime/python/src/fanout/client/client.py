"""The client of a service that has an event loop."""

import asyncio
import datetime
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from fanout._proto.v1 import admin_service_pb2 as admin
from fanout._proto.v1 import graph_service_pb2 as graphs
from fanout._proto.v1 import node_service_pb2 as nodes
from fanout._proto.v1 import run_service_pb2 as runs
from fanout.client.client_codec import (
    read_estimate,
    read_graph,
    read_grouped_failures,
    read_node,
    read_runtime,
    read_state_details,
    read_token,
    read_unite_scope,
    read_violation,
    read_wait,
)
from fanout.client.client_types import (
    ConnectedRuntime,
    GraphCheck,
    GraphVersion,
    GroupedFailures,
    NewToken,
    RegisteredNode,
    Role,
    Run,
    RunResult,
    RunStatus,
    State,
    StateDetails,
    StateStatus,
    StoredGraph,
    Token,
    TriggeredRun,
    TriggerKind,
    UniteScope,
    Wait,
)
from fanout.client.run_lines import LogLevel, LogLine, follow_lines, log_filter, read_lines
from fanout.client.runs import Runs
from fanout.client.schedules import Schedules
from fanout.client.services import Services
from fanout.client.steered_part import steered_part
from fanout.client.trigger_inputs import trigger_request
from fanout.graph.graph import Graph
from fanout.wire import methods
from fanout.wire.channel import ChannelOptions, Tls, addresses_of
from fanout.wire.durations import Duration, seconds_of, wire_duration


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A graph that is written as JSON."""

    #: `[A-Za-z0-9_.-]{1,128}`, unique in the namespace.
    name: str
    #: The graph as the state manager takes it; checked there.
    template: Mapping[str, Any]


class Client:
    """Stores graphs, starts runs and tells how they stand.

    All runs that are started or awaited share one stream, so thousands at once cost little. Every method raises
    FanoutError; one call to a state manager takes at most 30 seconds. Lists are read page by page, as they are looped
    over. Who does not want to wait any more cancels the task, or waits with `asyncio.timeout`.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        addresses: Sequence[str] | None = None,
        namespace: str = "",
        token: str = "",
        tls: Tls | None = None,
    ) -> None:
        """Connects with the first call, in the event loop of that call.

        - `address`: `host:port` of a state manager, `127.0.0.1:7600` if absent; `addresses`: several of them: the client
          begins with any, and goes on to the next one when it does not answer.
        - `namespace`: the tenant; that of the token, else `default`, if absent.
        - `token`, `tls`: credentials, as the state manager wants them.

        Raises ValueError: an address is not `host:port`, or the token cannot be one.
        """
        self._services = Services(addresses_of(address, addresses), ChannelOptions(token, tls), namespace)
        self._runs = Runs(self._services)
        #: What starts runs by the clock, and how to steer it.
        self.schedules = Schedules(self._services)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection, with every call and watch. Harmless twice."""
        await self._runs.close()
        await self._services.close()

    # Graphs

    async def upsert(self, graph: Graph | NamedTemplate) -> StoredGraph:
        """Stores a graph; one that equals its newest version changes nothing.

        Raises GraphInvalid, with all that is wrong in `violations`.
        """
        request = graphs.UpsertGraphRequest(name=graph.name, template_json=_template_of(graph))
        answer = await self._services.call(methods.UPSERT_GRAPH, request)
        return StoredGraph(answer.graph.version, answer.created, tuple(map(read_violation, answer.warnings)))

    async def validate(
        self, graph: Graph | NamedTemplate, *, widths: Mapping[str, int] | None = None, output_bytes: int = 0
    ) -> GraphCheck:
        """Checks a graph as `upsert` does, stores nothing, and tells what a run of it would take: a dry run.

        `widths`: outputs of each execution of a place, by identifier, 1 if absent; `output_bytes`: JSON of each output,
        1,000 if absent. Raises FieldInvalid: a width is assumed of no place in the graph.
        """
        request = graphs.ValidateGraphRequest(
            name=graph.name,
            template_json=_template_of(graph),
            assumed_widths=widths or {},
            assumed_output_bytes=output_bytes,
        )
        answer = await self._services.call(methods.VALIDATE_GRAPH, request)
        return GraphCheck(
            violations=tuple(map(read_violation, answer.violations)),
            warnings=tuple(map(read_violation, answer.warnings)),
            estimate=read_estimate(answer.estimate) if answer.HasField("estimate") else None,
        )

    async def graph(self, name: str, version: int = 0) -> GraphVersion:
        """Reads a stored graph; the newest version if none is given. Raises GraphNotFound."""
        answer = await self._services.call(methods.GET_GRAPH, graphs.GetGraphRequest(name=name, version=version))
        return read_graph(answer.graph)

    def graphs(self) -> AsyncIterator[GraphVersion]:
        """The newest version of each graph, by name."""
        request = graphs.ListGraphsRequest()
        return self._services.pages(methods.LIST_GRAPHS, request, lambda page: map(read_graph, page.graphs))

    async def delete_graph(self, name: str) -> int:
        """Deletes a graph with all its versions, and says how many there were; runs that have ended stay.

        Raises GraphInUse: it has runs that have not ended; GraphNotFound.
        """
        answer = await self._services.call(methods.DELETE_GRAPH, graphs.DeleteGraphRequest(name=name))
        return answer.versions

    # Runs

    async def trigger(
        self,
        graph: Graph | str,
        inputs: Any = None,
        *,
        key: str = "",
        priority: int = 0,
        traceparent: str = "",
        start_at: datetime.datetime | None = None,
        store: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> TriggeredRun:
        """Starts a run of a graph's newest version. `inputs` are checked against the graph's schema, if it has one here.

        - `key`: the same key again gives the same run, at most 256 characters.
        - `priority`: higher runs first, -100 to 100. `start_at`: not before this instant.
        - `store`: values for the run's store, over the defaults of the graph.
        - `labels`: by which the run is found, over those of the graph; with them at most 8.

        Raises GraphNotFound: it was never stored; InputInvalid, StoreInvalid, with `violations`.
        """
        request = trigger_request(
            graph,
            inputs,
            key=key,
            priority=priority,
            traceparent=traceparent,
            start_at=start_at,
            store=store,
            labels=labels,
        )
        return await self._runs.trigger(request)

    async def call(
        self,
        graph: Graph | str,
        inputs: Any = None,
        *,
        key: str = "",
        priority: int = 0,
        traceparent: str = "",
        start_at: datetime.datetime | None = None,
        store: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        cancel_on_abort: bool = False,
    ) -> list[Any]:
        """Calls a graph like a function: starts a run, waits for its end, and gives its outputs.

        These are the outputs of the places that the graph returned, or of all its ends. `cancel_on_abort`: when the task
        that waits is cancelled, the run is cancelled, too. Raises RunFailed: the run ended otherwise than with SUCCESS.
        """
        request = trigger_request(
            graph,
            inputs,
            key=key,
            priority=priority,
            traceparent=traceparent,
            start_at=start_at,
            store=store,
            labels=labels,
        )
        run_id, ending = await self._runs.call(request)
        try:
            results = await ending
        except asyncio.CancelledError:
            if cancel_on_abort:
                await asyncio.shield(self.cancel(run_id, reason="its caller has gone"))
            raise
        ends = None if isinstance(graph, str) else graph.ends
        return [each.output for each in results if ends is None or each.identifier in ends]

    async def get(self, run_id: str) -> Run:
        """Reads a run with its counts. Raises RunNotFound."""
        return await self._runs.get(run_id)

    def runs(
        self,
        *,
        graph_name: str = "",
        status: RunStatus | None = None,
        triggered_from: datetime.datetime | None = None,
        triggered_before: datetime.datetime | None = None,
        labels: Mapping[str, str] | None = None,
        trigger_kinds: Sequence[TriggerKind] = (),
        error_code: str = "",
    ) -> AsyncIterator[Run]:
        """Runs without counts, the newest first; those that were triggered in a span, from one instant to before another.

        `labels`: those that have all of them. `trigger_kinds`: those that one of these has started. `error_code`: those with a
        state that failed with it and was not retried; without `status`, those that are FAILED.
        """
        return self._runs.all(
            graph_name,
            status,
            triggered_from,
            triggered_before,
            labels=labels,
            trigger_kinds=trigger_kinds,
            error_code=error_code,
        )

    def watch(self, run_id: str) -> AsyncIterator[Run]:
        """Snapshots of a run: one at once, then on change, at most 10 a second; the last one has the end.

        Goes on while state managers restart, for at most a minute without any.
        """
        return self._runs.watch(run_id)

    async def result(self, run_id: str) -> list[RunResult]:
        """Waits for the end of a run, as `watch` does, and gives its results in order.

        Raises RunFailed: the run ended otherwise than with SUCCESS.
        """
        return await self._runs.result(run_id)

    def results(self, run_id: str) -> AsyncIterator[RunResult]:
        """Results in order, also of a run that failed or goes on."""
        return self._runs.results(run_id)

    def states(
        self,
        run_id: str,
        *,
        identifier: str = "",
        status: StateStatus | None = None,
        include_superseded: bool = False,
        error_code: str = "",
        statuses: Sequence[StateStatus] = (),
        below: str = "",
        label: str = "",
        newest_first: bool = False,
    ) -> AsyncIterator[State]:
        """States of a run, in the order of their creation.

        `status`: those of one status, without those that are superseded, unless these are included. `error_code`: those
        that failed with it; without `status`, those that are ERRORED. `statuses`: more of them. `below`: those that grew
        from the own output of this state. `label`: those whose label begins with it. `newest_first`: the other way round.
        """
        return self._runs.states(
            run_id,
            identifier=identifier,
            status=status,
            include_superseded=include_superseded,
            error_code=error_code,
            statuses=statuses,
            below=below,
            label=label,
            newest_first=newest_first,
        )

    def logs(
        self,
        run_id: str,
        *,
        follow: bool = False,
        state_id: str | None = None,
        below: str | None = None,
        identifier: str = "",
        min_level: LogLevel | None = None,
    ) -> AsyncIterator[LogLine]:
        """Lines that nodes of a run have logged, the oldest first. A run keeps its newest 1,000.

        `follow`: goes on with those that come, until the run has ended. `state_id`: those of one state; `below`: of it and
        of what grew from its outputs. `identifier`: those of one place. `min_level`: those of this level and above.
        Raises ValueError: what is asked for cannot be.
        """
        chosen = log_filter(state_id=state_id, below=below, identifier=identifier, min_level=min_level)
        return (follow_lines if follow else read_lines)(self._services, run_id, chosen)

    async def store(self, run_id: str) -> dict[str, Any]:
        """The key-value data of a run, as it is now."""
        return await self._runs.store(run_id)

    # Control

    async def cancel(self, run_id: str, *, below: str | None = None, fan_out: bool = False, reason: str = "") -> bool:
        """Cancels a run, or with `below` what grew from one of its states; with `fan_out`, from all its outputs.

        Nodes that execute some of it are told. Gives False if it had ended, or was cancelled before.
        """
        request = runs.CancelRunRequest(
            run_id=run_id, state_id=steered_part("cancel", below=below), fan_out=fan_out, reason=reason
        )
        return (await self._services.call(methods.CANCEL_RUN, request)).changed

    async def pause(self, run_id: str, *, below: str | None = None, fan_out: bool = False) -> bool:
        """Holds a run, or part of it: nothing of it is handed out. Gives False if it had ended, or was held before."""
        request = runs.PauseRunRequest(run_id=run_id, state_id=steered_part("pause", below=below), fan_out=fan_out)
        return (await self._services.call(methods.PAUSE_RUN, request)).changed

    async def resume(self, run_id: str, *, below: str | None = None, fan_out: bool = False) -> bool:
        """Takes back the pause of the same run or part. Gives False if it was not held."""
        request = runs.ResumeRunRequest(run_id=run_id, state_id=steered_part("resume", below=below), fan_out=fan_out)
        return (await self._services.call(methods.RESUME_RUN, request)).changed

    async def retry(
        self, run_id: str, *, state_id: str | None = None, below: str | None = None, fan_out: bool = False
    ) -> int:
        """Tries again what has failed or was cancelled: all of a run, all `below` a state, or one state.

        A run that has ended goes on. Gives the number of states that are tried again.
        """
        if state_id and (below or fan_out):
            raise ValueError("retry: give state_id for one state, or below for what grew from it")
        part = steered_part("retry", state_id=state_id, below=below)
        request = runs.RetryRunRequest(run_id=run_id, state_id=part, below=below is not None, fan_out=fan_out)
        return (await self._services.call(methods.RETRY_RUN, request)).retried

    def explain_unite(self, run_id: str, *, state_id: str = "", identifier: str = "") -> AsyncIterator[UniteScope]:
        """The scopes of a run: the branches that each unite waits for, and their states.

        `state_id`: a state of the united execution, or a uniting state; `identifier`: the place of the uniting node. One
        with more than 1,000 missing branches comes several times, with the next ones each time.
        """
        request = runs.ExplainUniteRequest(run_id=run_id, state_id=state_id, identifier=identifier)
        return self._services.pages(methods.EXPLAIN_UNITE, request, lambda page: map(read_unite_scope, page.scopes))

    async def waits(self, run_id: str) -> list[Wait]:
        """Tells why a run does not get on, what somebody can do something about first; empty once it has ended."""
        request = runs.GetRunRequest(run_id=run_id, include_waits=True)
        return [read_wait(wait) for wait in (await self._services.call(methods.GET_RUN, request)).waits]

    async def group_failures(self, run_id: str) -> GroupedFailures:
        """Groups the failures of a run that nobody has retried: by place, code and what their messages have in common."""
        request = runs.GroupFailuresRequest(run_id=run_id)
        return read_grouped_failures(await self._services.call(methods.GROUP_FAILURES, request))

    async def state(self, state_id: str, *, include_inputs: bool = False) -> StateDetails:
        """Reads a state with its other attempts, and with `include_inputs` what it is given, worked out again."""
        request = runs.GetStateRequest(state_id=state_id, include_inputs=include_inputs)
        return read_state_details(await self._services.call(methods.GET_STATE, request))

    async def delete_run(self, run_id: str) -> None:
        """Deletes a run that has ended, before its time is over."""
        await self._services.call(methods.DELETE_RUN, runs.DeleteRunRequest(run_id=run_id))

    # Nodes, runtimes and tokens

    def nodes(self) -> AsyncIterator[RegisteredNode]:
        """The nodes that runtimes have offered, by name."""
        request = nodes.ListNodesRequest()
        return self._services.pages(methods.LIST_NODES, request, lambda page: map(read_node, page.nodes))

    def runtimes(self) -> AsyncIterator[ConnectedRuntime]:
        """The runtimes that are connected to any state manager; a new one is among them within a second."""
        request = nodes.ListRuntimesRequest()
        return self._services.pages(methods.LIST_RUNTIMES, request, lambda page: map(read_runtime, page.runtimes))

    async def create_token(self, role: Role, *, ttl: Duration | None = None) -> NewToken:
        """Makes a token for the client's namespace; without `ttl` it lasts until it is revoked."""
        request = admin.CreateTokenRequest(
            role=f"ROLE_{role.upper()}",
            ttl=None if ttl is None else wire_duration(seconds_of(ttl)),
        )
        answer = await self._services.call(methods.CREATE_TOKEN, request)
        return NewToken(read_token(answer.token), answer.bearer)

    def tokens(self) -> AsyncIterator[Token]:
        """The tokens of the client's namespace, the newest first, without their texts."""
        request = admin.ListTokensRequest()
        return self._services.pages(methods.LIST_TOKENS, request, lambda page: map(read_token, page.tokens))

    async def revoke_token(self, token_id: str) -> None:
        """Ends a token: for new calls within a second, for streams that it has opened within two."""
        await self._services.call(methods.REVOKE_TOKEN, admin.RevokeTokenRequest(token_id=token_id))


def _template_of(graph: Graph | NamedTemplate) -> str:
    template = graph.template_with_secrets() if isinstance(graph, Graph) else graph.template
    return json.dumps(template, ensure_ascii=False, allow_nan=False)
