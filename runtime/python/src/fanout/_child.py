"""A child process in a group of its own, which a watcher ends with this process."""

import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from fanout._orphan_watcher import OrphanWatcher

_START_S = 60.0
_GRACE_S = 15.0
_LINES_KEPT = 2_000
_LINES_SHOWN = 20


class Child:
    """A program that this one has started."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        watcher: OrphanWatcher,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
    ) -> None:
        """Starts it. Raises FileNotFoundError: there is no such command."""
        self._name = name
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._changed = threading.Condition()
        self._has_ended = False
        # Settings, such as a token, that are for other state managers are not for this one.
        own = {key: value for key, value in os.environ.items() if not key.startswith("FANOUT_")}
        self.process = subprocess.Popen(
            command,
            env={**own, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        watcher.hold(self.process.pid)
        self._watcher = watcher
        self._reader = threading.Thread(target=self._read, name=f"output of {name}", daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[str]:
        """Lines that it has written, the newest ones."""
        with self._changed:
            return list(self._lines)

    def wait_for_line(self, pattern: str, seconds: float = _START_S) -> re.Match[str]:
        """The first line that has the pattern, past or future. Raises RuntimeError: it ends first, or time is up."""
        found: re.Match[str] | None = None

        def look() -> bool:
            nonlocal found
            found = next((match for line in self._lines if (match := re.search(pattern, line))), None)
            return found is not None or self._has_ended

        with self._changed:
            self._changed.wait_for(look, seconds)
        if found is not None:
            return found
        what = "ended" if self._has_ended else f"is not ready after {seconds:g} s"
        raise RuntimeError("\n  ".join([f"{self._name} {what}", *self.lines[-_LINES_SHOWN:]]))

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to it and all that it has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def wait(self, seconds: float) -> int:
        """Waits for its end, and gives its exit code. Raises subprocess.TimeoutExpired."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after 15 seconds, to what it has started as well. Harmless twice."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.signal(number)
            try:
                self.process.wait(_GRACE_S)
                break
            except subprocess.TimeoutExpired:
                continue
        self._watcher.free(self.process.pid)
        self._reader.join(5)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
