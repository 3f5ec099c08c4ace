"""Lines of the logger `fanout`, with fields: all that a runtime has to say."""

import datetime
import json
import logging
from typing import Any

#: Logger of all runtimes; nodes' own lines come from it as well.
logger = logging.getLogger("fanout")

_OWN_FIELDS = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


def log_event(level: int, event: str, **fields: Any) -> None:
    """Logs an event: as text for people, with its fields as extra ones for programs."""
    if logger.isEnabledFor(level):
        text = " ".join([event, *(f"{name}={value}" for name, value in fields.items())])
        logger.log(level, "%s", text, extra={"event": event, **fields}, stacklevel=2)


class JsonLines(logging.Formatter):
    """Writes each line as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        fields = {name: value for name, value in record.__dict__.items() if name not in _OWN_FIELDS}
        time = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc).isoformat(timespec="milliseconds")
        head: dict[str, Any] = {"time": time.replace("+00:00", "Z"), "level": record.levelname.lower()}
        if "event" not in fields:
            head["message"] = record.getMessage()
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(head | fields, default=str, ensure_ascii=False)


def log_to_stderr() -> None:
    """Writes lines to stderr if the program has not said where its log goes."""
    if logger.hasHandlers():
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
