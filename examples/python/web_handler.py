"""A web handler that calls a graph like a function: what takes too long is cancelled."""

import asyncio
import json
import os
import threading
import urllib.error
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fan_out import data_processor, data_splitter
from fan_out_and_unite import fanout_unite, result_merger

from fanout import FanoutError, IdempotencyConflict, InputInvalid, RunFailed, Runtime, SyncClient

ADDRESS, TOKEN = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")


def handler(client: SyncClient) -> type[BaseHTTPRequestHandler]:
    """A handler of requests that answers a list of numbers with their total."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                inputs = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                key = self.headers.get("Idempotency-Key", "")
                [total] = client.call(fanout_unite, inputs, key=key, cancel_on_abort=True)
            except (ValueError, InputInvalid, IdempotencyConflict) as error:
                self.answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            except RunFailed as error:
                self.answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})
            except TimeoutError:
                self.answer(HTTPStatus.GATEWAY_TIMEOUT, {"error": "the run took too long, and was cancelled"})
            except FanoutError as error:
                self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)})
            else:
                self.answer(HTTPStatus.OK, total)

        def answer(self, status: HTTPStatus, body: Any) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Handler


def serve_and_ask() -> None:
    """Serves on a free port, and asks twice."""
    with (
        SyncClient(ADDRESS, token=TOKEN, timeout=30) as client,
        ThreadingHTTPServer(("127.0.0.1", 0), handler(client)) as server,
    ):
        client.upsert(fanout_unite)
        threading.Thread(target=server.serve_forever).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            print(ask(url, {"data": list(range(1_000))}))
            print(ask(url, {"data": "none"}))
        finally:
            server.shutdown()


def ask(url: str, inputs: Any) -> str:
    """A client of the web server; gives the status and the answer."""
    try:
        with urllib.request.urlopen(url, json.dumps(inputs).encode()) as response:
            return f"{response.status} {response.read().decode()}"
    except urllib.error.HTTPError as refusal:
        return f"{refusal.code} {refusal.read().decode()}"


async def main() -> None:
    """Hosts the nodes, and a web server beside them."""
    async with Runtime([data_splitter, data_processor, result_merger], address=ADDRESS, token=TOKEN):
        await asyncio.to_thread(serve_and_ask)


if __name__ == "__main__":
    asyncio.run(main())
