"""Tasks of Celery; BENCH_REDIS_URL names its Redis."""

import os
import time

from celery import Celery

app = Celery("app", broker=os.environ["BENCH_REDIS_URL"], backend=os.environ["BENCH_REDIS_URL"])
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    # Its guide to optimizing, for many short tasks.
    worker_prefetch_multiplier=128,
    worker_send_task_events=False,
    task_send_sent_event=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)


def now_us():
    """Microseconds of the clock that all processes of a machine share."""
    return time.monotonic_ns() // 1_000


@app.task
def pass_on(data):
    return data


@app.task
def unite(results):
    return {"branches": len(results)}


@app.task
def timed():
    return now_us()


@app.task
def unite_timed(done_us):
    return {"branches": len(done_us), "us": now_us() - max(done_us)}


@app.task
def hop(so_far):
    started_us = now_us()
    hops = so_far["hops"]
    if so_far["done_us"] > 0:
        hops = [*hops, started_us - so_far["done_us"]]
    return {"hops": hops, "done_us": now_us()}
