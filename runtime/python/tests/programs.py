"""Programs that tests start as processes: `python programs.py NAME ADDRESS [TOKEN]`."""

import sys
import time
from typing import Any

from fanout import Context, Runtime, node


@node(name="py.Short")
def short(ctx: Context) -> dict[str, Any]:
    """Takes a second and a half."""
    print("short has begun", flush=True)
    time.sleep(1.5)
    return {"done": True}


@node(name="py.Hangs")
def hangs() -> None:
    """Never returns, and heeds nothing."""
    print("hangs has begun", flush=True)
    while True:
        time.sleep(1)


@node(name="py.Swallows")
async def swallows() -> None:
    """Never returns, and swallows every cancellation."""
    import asyncio

    print("swallows has begun", flush=True)
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            continue


if __name__ == "__main__":
    address, token = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    namespace = sys.argv[3] if len(sys.argv) > 3 else ""
    Runtime([short, hangs, swallows], address=address, token=token, namespace=namespace, drain_timeout="3s").run()
    print("the program goes on", flush=True)
