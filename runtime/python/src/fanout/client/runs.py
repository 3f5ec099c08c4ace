"""Starting runs, and telling how they stand."""

import datetime
import json
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from fanout._proto.v1.run_service_pb2 import (
    GetRunRequest,
    GetStoreRequest,
    ListResultsRequest,
    ListRunsRequest,
    ListStatesRequest,
    RunEnd,
    TriggerRunRequest,
    WatchRunRequest,
)
from fanout.client.client_codec import read_result, read_run, read_state
from fanout.client.client_types import Run, RunResult, RunStatus, State, StateStatus, TriggeredRun, TriggerKind
from fanout.client.follow_run import follow_run
from fanout.client.run_calls import RunCalls
from fanout.client.services import Services
from fanout.wire.durations import wire_timestamp
from fanout.wire.errors import RunFailed, RunFailure
from fanout.wire.methods import GET_RUN, GET_STORE, LIST_RESULTS, LIST_RUNS, LIST_STATES

#: Failed states that `RunFailed` shows.
_FAILURES_SHOWN = 10


class Runs:
    """The runs of a namespace. Every method raises FanoutError."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._calls = RunCalls(services)

    async def trigger(self, request: TriggerRunRequest) -> TriggeredRun:
        """Starts a run."""
        answer = await self._calls.start(request)
        return TriggeredRun(answer.run_id, answer.created)

    async def call(self, request: TriggerRunRequest) -> tuple[str, Coroutine[Any, Any, list[RunResult]]]:
        """Starts a run, and gives its id and what waits for its results."""
        run, call = await self._calls.call(request)
        return run.run_id, self._results_of(run.run_id, self._calls.end(call))

    async def get(self, run_id: str) -> Run:
        """Reads a run with its counts."""
        answer = await self._services.call(GET_RUN, GetRunRequest(run_id=run_id))
        return read_run(answer.run)

    def all(
        self,
        graph_name: str,
        status: RunStatus | None,
        triggered_from: datetime.datetime | None,
        triggered_before: datetime.datetime | None,
        *,
        labels: Mapping[str, str] | None = None,
        trigger_kinds: Sequence[TriggerKind] = (),
        error_code: str = "",
    ) -> AsyncGenerator[Run, None]:
        """Runs without counts, the newest first."""
        request = ListRunsRequest(
            graph_name=graph_name,
            status=f"RUN_STATUS_{status or 'UNSPECIFIED'}",
            triggered_from=None if triggered_from is None else wire_timestamp(triggered_from),
            triggered_before=None if triggered_before is None else wire_timestamp(triggered_before),
            labels=labels or {},
            trigger_kinds=[f"TRIGGER_KIND_{kind}" for kind in trigger_kinds],
            error_code=error_code,
        )
        return self._services.pages(LIST_RUNS, request, lambda page: map(read_run, page.runs))

    async def watch(self, run_id: str) -> AsyncIterator[Run]:
        """Snapshots of a run."""
        async with aclosing(follow_run(self._services, WatchRunRequest(run_id=run_id, omit_results=True))) as messages:
            async for message in messages:
                if message.HasField("run"):
                    yield read_run(message.run)

    async def result(self, run_id: str) -> list[RunResult]:
        """Waits for the end of a run, and gives its results in order. Raises RunFailed."""
        return await self._results_of(run_id, self._calls.end_of(run_id))

    async def close(self) -> None:
        """Ends every call."""
        await self._calls.close()

    async def _results_of(self, run_id: str, ending: Coroutine[Any, Any, RunEnd]) -> list[RunResult]:
        end = await ending
        status = read_run(end.run).status
        if status != "SUCCESS":
            raise RunFailed(run_id, status, await self._failures(run_id))
        return await self._large_results(run_id) if end.results_left_out else [*map(read_result, end.results)]

    async def _large_results(self, run_id: str) -> list[RunResult]:
        """Results that are too large to come with the end: a watch has them all, also when it breaks in between."""
        newest: Run | None = None
        results: list[RunResult] = []
        async with aclosing(follow_run(self._services, WatchRunRequest(run_id=run_id, end_only=True))) as messages:
            async for message in messages:
                if message.HasField("run"):
                    newest = read_run(message.run)
                    results = []
                results += map(read_result, message.results)
        status = "" if newest is None else newest.status
        if status == "SUCCESS":
            return results
        raise RunFailed(run_id, status, await self._failures(run_id))

    def results(self, run_id: str) -> AsyncGenerator[RunResult, None]:
        """Results in order, also of a run that failed or goes on."""
        request = ListResultsRequest(run_id=run_id)
        return self._services.pages(LIST_RESULTS, request, lambda page: map(read_result, page.results))

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
    ) -> AsyncGenerator[State, None]:
        """States of a run, in the order of their creation."""
        request = ListStatesRequest(
            run_id=run_id,
            identifier=identifier,
            status=f"STATE_STATUS_{status or 'UNSPECIFIED'}",
            include_superseded=include_superseded,
            error_code=error_code,
            statuses=[f"STATE_STATUS_{each}" for each in statuses],
            below=below,
            label=label,
            order_by="STATE_ORDER_NEWEST_FIRST" if newest_first else "STATE_ORDER_UNSPECIFIED",
        )
        return self._services.pages(LIST_STATES, request, lambda page: map(read_state, page.states))

    async def store(self, run_id: str) -> dict[str, Any]:
        """The key-value data of a run."""
        entries = self._services.pages(GET_STORE, GetStoreRequest(run_id=run_id), lambda page: page.entries)
        return {entry.key: json.loads(entry.value_json) async for entry in entries}

    async def _failures(self, run_id: str) -> list[RunFailure]:
        """States that failed; or else those that were cancelled, such as when the run has used up its time.

        Of very many, one of each place at least: a unite that gave up comes behind all that failed in its branches, and
        says why.
        """
        statuses: tuple[StateStatus, StateStatus] = ("ERRORED", "CANCELLED")
        for status in statuses:
            first = await self._first_failures(run_id, status, _FAILURES_SHOWN + 1)
            if len(first) > _FAILURES_SHOWN:
                others = await self._failures_elsewhere(run_id, status, {each.identifier for each in first})
                return [*first[: _FAILURES_SHOWN - len(others)], *others]
            if first:
                return first
        return []

    async def _failures_elsewhere(self, run_id: str, status: StateStatus, known: set[str]) -> list[RunFailure]:
        """One of each place that has some, and is not known, at most as many as leave one of the others."""
        counts = (await self.get(run_id)).counts
        elsewhere = [
            each.identifier
            for each in counts
            if (each.errored if status == "ERRORED" else each.cancelled) > 0 and each.identifier not in known
        ]
        found: list[RunFailure] = []
        for identifier in elsewhere[: _FAILURES_SHOWN - 1]:
            found += await self._first_failures(run_id, status, 1, identifier)
        return found

    async def _first_failures(
        self, run_id: str, status: StateStatus, at_most: int, identifier: str = ""
    ) -> list[RunFailure]:
        failures: list[RunFailure] = []
        async with aclosing(self.states(run_id, identifier=identifier, status=status)) as states:
            async for state in states:
                code, message = (state.failure.code, state.failure.message) if state.failure else (state.status, "")
                failures.append(RunFailure(state.identifier, state.path, code, message))
                if len(failures) == at_most:
                    break
        return failures
