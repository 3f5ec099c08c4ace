"""Ends what this process has started if it ends without doing so itself, by SIGKILL for one."""

import subprocess
from pathlib import Path

#: The last line of its input has the process groups that are held. At the end of its input, which is our end as well, it
#: kills them and removes the folder.
_SCRIPT = """
trap '' HUP INT TERM
held=''
while read -r line; do held=$line; done
for group in $held; do kill -KILL "-$group"; done
rm -rf "$1"
"""


class OrphanWatcher:
    """A shell that waits for the end of this process."""

    def __init__(self, folder: Path) -> None:
        """`folder` is removed at the end."""
        # A session of its own: neither Ctrl-C nor the end of a terminal reaches it.
        words = ["/bin/sh", "-c", _SCRIPT, "fanout-orphan-watcher", str(folder)]
        self._shell = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True, text=True)
        self._groups: set[int] = set()

    def hold(self, group: int) -> None:
        """Makes a process group end with this process, from now on."""
        self._groups.add(group)
        self._tell()

    def free(self, group: int) -> None:
        """The group has ended: its id may soon be that of another one."""
        self._groups.discard(group)
        self._tell()

    def end(self) -> None:
        """Kills what is held, removes the folder, and ends. Harmless twice."""
        if self._shell.poll() is None:
            self._shell.communicate()

    def _tell(self) -> None:
        if self._shell.stdin is not None and not self._shell.stdin.closed:
            self._shell.stdin.write(" ".join(map(str, self._groups)) + "\n")
            self._shell.stdin.flush()
