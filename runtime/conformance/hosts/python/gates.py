"""Lines of the host contract, and gates: files that the runner creates when nodes may go on."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from fanout import Context

_LOOK_S = 0.01


class Gates:
    """A folder of gates."""

    folder = Path()

    def is_open(self, gate: str) -> bool:
        """Tells whether a gate is open."""
        return (self.folder / gate).exists()

    async def wait(self, gate: str, ctx: Context) -> None:
        """Waits for a gate; who is cancelled meanwhile says so."""
        try:
            while not self.is_open(gate):  # noqa: ASYNC110 # a file tells nobody that it is there
                await asyncio.sleep(_LOOK_S)
        except asyncio.CancelledError:
            reason = ctx.cancelled.reason
            say(ctx, "cancelled", code=reason.code if reason else "")
            raise

    def wait_anyway(self, gate: str) -> None:
        """Waits for a gate in a thread, whether the work is wanted or not."""
        while not self.is_open(gate):
            time.sleep(_LOOK_S)


gates = Gates()


def tell(**line: Any) -> None:
    """Writes a line at once: a process that is about to end has written it."""
    print(json.dumps(line), flush=True)


def say(ctx: Context, text: str, **more: Any) -> None:
    """Writes what a node says, with where it says so."""
    tell(
        host="said",
        text=text,
        node=ctx.node_name,
        identifier=ctx.identifier,
        run_id=ctx.run_id,
        state_id=ctx.state_id,
        attempt=ctx.attempt,
        **more,
    )
