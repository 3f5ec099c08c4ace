"""A client of Celery that the harness gives commands."""

import json
import time
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

from app import hop, pass_on, timed, unite, unite_timed
from celery import chain, chord, group

CHAIN_LENGTH = 10
DATA = {"data": "x" * 88}


def seconds_of(work):
    started = time.monotonic()
    work()
    return {"seconds": time.monotonic() - started}


def united(header, callback, branches):
    """Calls a chord and waits for its result; propagate would look at every task of the header each time."""
    result = chord(header)(callback).get(propagate=False)
    if isinstance(result, Exception):
        raise result
    if result["branches"] != branches:
        raise RuntimeError(f"{result['branches']} of {branches} branches were united")
    return result


def fan_out(branches):
    return seconds_of(lambda: united(group(pass_on.s(DATA) for _ in range(branches)), unite.s(), branches))


def run_calls(calls):
    return seconds_of(lambda: group(pass_on.s(DATA) for _ in range(calls))().get())


def serial_calls(calls):
    return {"us": [seconds_of(lambda: pass_on.delay(DATA).get())["seconds"] * 1e6 for _ in range(calls)]}


def run_chains(chains):
    def work():
        results = [chain(pass_on.s(DATA), *[pass_on.s()] * (CHAIN_LENGTH - 1))() for _ in range(chains)]
        for result in results:
            result.get()

    return seconds_of(work)


def run_hops(hops):
    us = []
    while len(us) < hops:
        steps = chain(hop.s({"hops": [], "done_us": 0}), *[hop.s()] * CHAIN_LENGTH)
        us += steps().get()["hops"]
    return {"us": us}


def unite_latency(branches):
    return {"us": [united(group(timed.s() for _ in range(branches)), unite_timed.s(), branches)["us"]]}


COMMANDS = {
    "fanOut": fan_out,
    "calls": run_calls,
    "serialCalls": serial_calls,
    "chains": run_chains,
    "hops": run_hops,
    "uniteLatency": unite_latency,
}


class Handler(BaseHTTPRequestHandler):
    """Does one command and answers with JSON."""

    def do_POST(self):
        values = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            body, status = json.dumps(COMMANDS[self.path[1:]](**values)), 200
        except Exception:
            body, status = traceback.format_exc(), 500
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Writes no line for each request."""


server = HTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
