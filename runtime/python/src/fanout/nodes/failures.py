"""Failures of nodes as people read them: what was raised, its causes, and where; bounded, and without secrets."""

import traceback
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import TracebackType

from fanout.nodes.secrets import hide_secrets

#: Longest message of a failure, bytes: as much as a state manager keeps.
MAX_MESSAGE = 4_096
#: Longest stack of a failure, bytes: as much as a state manager keeps.
_MAX_STACK = 8_192
#: Causes that a message goes back to.
_MAX_CAUSES = 4
#: Frames that a message shows, the innermost ones.
_MAX_FRAMES = 6
#: Errors of a group that a message shows.
_MAX_GROUPED = 4
#: Longest text of one error, characters: what follows it has to have room, too.
_MAX_TEXT = 1_500

#: The folder of this package: its own frames tell nobody anything.
_HERE = str(PurePath(__file__).parent.parent)


def failure_message(error: BaseException, secrets: Mapping[str, str], *, with_frames: bool = True) -> str:
    """One line for the error, one for each cause, and the innermost frames of the node's code."""
    lines = [_line_of(error)]
    innermost = error
    for cause in _causes_of(error):
        lines.append(f"caused by {_line_of(cause)}")
        innermost = cause
    if with_frames:
        lines += _frames_of(innermost.__traceback__) or _frames_of(error.__traceback__)
    return cut_to_bytes(hide_secrets("\n".join(lines), secrets), MAX_MESSAGE)


def full_traceback(error: BaseException, secrets: Mapping[str, str]) -> str:
    """The whole traceback, for the runtime's own log."""
    return hide_secrets("".join(traceback.format_exception(type(error), error, error.__traceback__)), secrets)


def cut_to_bytes(text: str, most: int) -> str:
    """The text, cut between two characters if it is longer."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return encoded.decode()
    return encoded[: most - len("…".encode())].decode("utf-8", "ignore") + "…"


def stack_of(trace: str) -> str:
    """The end of a traceback, where the error itself stands, as far as a state manager keeps it."""
    encoded = trace.encode("utf-8", "replace")
    if len(encoded) <= _MAX_STACK:
        return encoded.decode()
    return "…" + encoded[len("…".encode()) - _MAX_STACK :].decode("utf-8", "ignore")


def _line_of(error: BaseException) -> str:
    name = type(error).__name__
    grouped = getattr(error, "exceptions", None)
    text = _text_of(error)
    if isinstance(grouped, tuple) and grouped:
        shown = "; ".join(_line_of(each) for each in grouped[:_MAX_GROUPED])
        more = "" if len(grouped) <= _MAX_GROUPED else f"; and {len(grouped) - _MAX_GROUPED} more"
        return f"{name}: {text}: {shown}{more}"[:_MAX_TEXT]
    return f"{name}: {text}" if text else name


def _text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        return "an error that cannot be shown"
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    for _ in range(_MAX_CAUSES):
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None or id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def _frames_of(trace: TracebackType | None) -> list[str]:
    frames = [frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith(_HERE)]
    return [f"  at {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames[-_MAX_FRAMES:][::-1]]


def _short(file: str) -> str:
    """The end of a path: where a program is installed is nobody's business."""
    return "/".join(PurePath(file).parts[-2:])
