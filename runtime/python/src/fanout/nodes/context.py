"""The surroundings of one execution: what a node may know and do while it runs."""

import json
import logging
import sys
from collections.abc import Coroutine, Mapping, MutableMapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from fanout.nodes.cancellation import Cancellation
from fanout.nodes.failures import full_traceback
from fanout.nodes.plain_data import OWN_FIELDS, plain_fields, text_of
from fanout.nodes.secrets import hide_secrets
from fanout.nodes.store import BlockingStore, NodeStore, ReportedChanges


@dataclass(frozen=True, slots=True)
class StateFacts:
    """Facts of the state that is executed."""

    node_name: str
    run_id: str
    state_id: str
    graph_name: str
    identifier: str
    idempotency_key: str
    attempt: int = 1
    traceparent: str = ""
    accepted_emits: int = 0


class Host(Protocol):
    """Host of an execution: a runtime, or a test."""

    def open_store(self) -> NodeStore:
        """The store of the run."""
        ...

    def wait_for(self, answer: Coroutine[Any, Any, Any]) -> Any:
        """Waits in a thread for what the event loop does."""
        ...

    def heartbeat(self, message: str) -> None:
        """Takes the progress of long work."""
        ...

    def continue_from(self, index: int) -> None:
        """Begins an open fan-out behind outputs that were accepted before."""
        ...


class LineReader(Protocol):
    """Takes lines of one node beside its logger; from any thread."""

    def takes(self, level: int) -> bool:
        """False: it has no use for lines of that level."""
        ...

    def add(self, level: int, text: str, fields_json: str) -> None:
        """Takes a line; `fields_json` is a JSON object, or empty."""
        ...


class NodeLog(logging.LoggerAdapter):  # type: ignore[type-arg]  # it has no parameter at run time in Python 3.10
    """A log whose lines carry run, state and attempt as extra fields, and show no secret."""

    def __init__(
        self,
        logger: logging.Logger,
        fields: Mapping[str, object],
        secrets: Mapping[str, str],
        lines: LineReader | None = None,
    ) -> None:
        super().__init__(logger, dict(fields))
        self._secrets = secrets
        self._lines = lines

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Logs a message, with the placeholder for each secret in what it is made of. Whatever it is given, it never raises."""
        is_kept = self._lines is not None and self._lines.takes(level)
        is_enabled = self.isEnabledFor(level)
        if not is_kept and not is_enabled:
            return
        text = text_of(msg, args)
        error = kwargs.pop("exc_info", None)
        error = error if isinstance(error, BaseException) else _current_error() if error else None
        if error is not None:
            text = f"{text}\n{full_traceback(error, self._secrets)}"
        text = hide_secrets(text, self._secrets)
        fields = plain_fields(kwargs.pop("extra", None), self._secrets)
        if is_kept and self._lines is not None:
            # Escaped: lone surrogates, such as those of a file's name, are no text on the wire.
            self._lines.add(level, text, json.dumps(fields) if fields else "")
        if not is_enabled:
            return
        # Names of a line's own fields are refused as extra ones.
        kwargs["extra"] = {f"{name}_" if name in OWN_FIELDS else name: value for name, value in fields.items()}
        # Callers are found by their depth: this method and the one that it calls.
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
        try:
            super().log(level, "%s", text, **kwargs)
        except Exception as failure:  # A log that fails is told of, and changes nothing.
            print(f"log_failed error={failure!r} message={text}", file=sys.stderr)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Adds the fields of the state to those of the line."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


class Context:
    """The surroundings of one execution. A node gets it as the parameter that has this type."""

    __slots__ = ("_cancelled", "_facts", "_host", "_lines", "_log", "_logger", "_report", "_secrets", "_store")

    def __init__(
        self,
        facts: StateFacts,
        host: Host,
        *,
        cancelled: Cancellation,
        secrets: Mapping[str, str],
        logger: logging.Logger,
        lines: LineReader | None = None,
    ) -> None:
        self._facts = facts
        self._host = host
        self._cancelled = cancelled
        self._secrets = secrets
        self._logger = logger
        self._lines = lines
        self._log: NodeLog | None = None
        self._store: NodeStore | None = None
        self._report: ReportedChanges | None = None

    @property
    def attempt(self) -> int:
        """1, 2, 3 … of the same work."""
        return self._facts.attempt

    @property
    def run_id(self) -> str:
        """The run that this execution is part of."""
        return self._facts.run_id

    @property
    def state_id(self) -> str:
        """The state that is executed: another one for each retry."""
        return self._facts.state_id

    @property
    def graph_name(self) -> str:
        """The name of the graph that runs."""
        return self._facts.graph_name

    @property
    def node_name(self) -> str:
        """The node that is executed."""
        return self._facts.node_name

    @property
    def identifier(self) -> str:
        """The place in the graph."""
        return self._facts.identifier

    @property
    def idempotency_key(self) -> str:
        """The same for all attempts of the same work: hand it to services that take one."""
        return self._facts.idempotency_key

    @property
    def traceparent(self) -> str:
        """W3C trace context of the trigger, or empty: the parent of a span for this execution."""
        return self._facts.traceparent

    @property
    def accepted_emits(self) -> int:
        """Outputs of an open fan-out, from its first, that were accepted from earlier attempts; 0 for any other node.

        They are skipped when the node comes to them again; one that can do without begins later, and says so with
        `continue_from`.
        """
        return self._facts.accepted_emits

    def continue_from(self, index: int) -> None:
        """Gives the first output of an open fan-out this index; to be called before that output.

        Raises ValueError: outputs would be missing; RuntimeError: outputs have come already.
        """
        self._host.continue_from(index)

    @property
    def cancelled(self) -> Cancellation:
        """Tells whether the work is wanted. An `async` node is cancelled as a task; a plain function has to look."""
        return self._cancelled

    @property
    def log(self) -> NodeLog:
        """Lines that say which run, state and attempt they come from. Fields go into `extra`."""
        if self._log is None:
            facts = self._facts
            fields = {
                "run_id": facts.run_id,
                "state_id": facts.state_id,
                "identifier": facts.identifier,
                "attempt": facts.attempt,
            }
            self._log = NodeLog(self._logger, fields, self._secrets, self._lines)
        return self._log

    @property
    def secrets(self) -> Mapping[str, str]:
        """Values of the secrets that the node declares. They are hidden in what it logs, its errors and heartbeats."""
        return MappingProxyType(dict(self._secrets))

    def heartbeat(self, message: str) -> None:
        """Says how far long work has come: shown with the state while it is executed."""
        self._host.heartbeat(hide_secrets(message, self._secrets))

    @property
    def store(self) -> NodeStore:
        """The run's key-value data, read and changed at once, by `async` nodes."""
        if self._store is None:
            self._store = self._host.open_store()
        return self._store

    @property
    def blocking_store(self) -> BlockingStore:
        """The same for nodes that are plain functions."""
        return BlockingStore(self.store, self._host.wait_for)

    @property
    def report(self) -> ReportedChanges:
        """Changes to the store that travel with the result, and count once, when the result does."""
        if self._report is None:
            self._report = ReportedChanges()
        return self._report

    def hide(self, text: str) -> str:
        """The text, with the placeholder for each secret in it."""
        return hide_secrets(text, self._secrets)


def take_changes(context: Context) -> list[Any]:
    """Takes the changes for the report; nothing is collected after this."""
    return context._report.take() if context._report else []


def _current_error() -> BaseException | None:
    return sys.exc_info()[1]
