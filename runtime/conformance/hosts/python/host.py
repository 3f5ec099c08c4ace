"""The Python host: `python host.py SETTINGS`."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from gates import gates, tell
from nodes import CATALOGUE

from fanout import AnyNode, FanoutError, Runtime, Tls
from fanout.hosting.logs import log_to_stderr


def hosted(settings: dict[str, Any]) -> list[AnyNode]:
    """The nodes that the settings name, with their concurrency."""
    nodes = []
    for name in settings["nodes"]:
        node = next((each for each in CATALOGUE if each.name == name), None)
        if node is None:
            raise SystemExit(f"the catalogue has no node {name}")
        node.concurrency = settings.get("node_concurrency", {}).get(name, node.concurrency)
        nodes.append(node)
    return nodes


async def serve(settings: dict[str, Any]) -> int:
    """Hosts until SIGTERM, and gives the exit code."""
    tls = settings.get("tls")
    runtime = Runtime(
        hosted(settings),
        name="conformance-python",
        address=settings["address"],
        namespace=settings["namespace"],
        concurrency=settings["concurrency"],
        drain_timeout=settings["drain_timeout_ms"] / 1000,
        token=settings.get("token", ""),
        tls=Tls.from_files(**tls) if tls else None,
    )
    stopping: list[asyncio.Task[None]] = []
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: stopping.append(asyncio.create_task(runtime.stop()))
    )
    try:
        await runtime.start()
        if stopping:  # it was told to end before it was ever connected
            return 0
        tell(host="connected")
        await runtime.serve()
    except FanoutError as error:
        tell(host="failed", reason=error.reason, message=str(error))
        return 1
    return 0


if __name__ == "__main__":
    log_to_stderr()
    given = json.loads(sys.argv[1])
    gates.folder = Path(given["gates"])
    sys.exit(asyncio.run(serve(given)))
