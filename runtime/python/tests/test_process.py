"""A runtime as part of a process: its loop, its threads, signals, forks, and TLS."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import COMMAND, ROOT
from support import one_node

from fanout import Client, Context, FanoutError, Runtime, Tls, node
from fanout.testing import start_servers


@node(name="proc.Same")
async def same(n: int) -> dict[str, Any]:
    return {"n": n}


NODES = [same]


def test_options_that_cannot_work_are_refused() -> None:
    for options, words in (
        ({"address": "http://127.0.0.1:1"}, "host:port"),
        ({"addresses": []}, "at least one"),
        ({"token": "a\nb"}, "line breaks"),
        ({"concurrency": 0}, "concurrency"),
        ({"drain_timeout": -1}, "drain_timeout"),
        ({"address": "a:1", "addresses": ["a:1"]}, "one of them"),
    ):
        with pytest.raises(ValueError, match=words):
            Runtime(NODES, **options)
    with pytest.raises(ValueError, match="at least one"):
        Runtime([])
    with pytest.raises(ValueError, match=r"proc\.Same"):
        Runtime([same, same])
    with pytest.raises(TypeError, match="@node"):
        Runtime([same.function])  # type: ignore[list-item]


async def test_run_says_what_to_do_where_a_loop_runs() -> None:
    with pytest.raises(RuntimeError, match=r"await runtime\.start"):
        Runtime(NODES).run()


async def test_a_runtime_that_is_cancelled_leaves_at_once(client: Client, address: str) -> None:
    begun = asyncio.Event()

    @node(name="proc.Leaves")
    async def leaves(ctx: Context) -> dict[str, Any]:
        begun.set()
        if ctx.attempt == 1 and not again:
            await asyncio.sleep(60)
        return {}

    again: list[bool] = []
    await client.upsert(one_node("leaves", "proc.Leaves"))
    serving = asyncio.ensure_future(Runtime([leaves], address=address).serve())
    call = asyncio.ensure_future(client.call("leaves"))
    await begun.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    again.append(True)
    async with Runtime([leaves], address=address):
        assert await asyncio.wait_for(call, 20) == [{}]


def test_threads_end_with_their_runtime(address: str) -> None:
    @node(name="proc.Thread")
    def in_thread() -> dict[str, Any]:
        return {"thread": threading.current_thread().name}

    async def go() -> None:
        async with Client(address) as client, Runtime([in_thread], address=address):
            await client.upsert(one_node("thread", "proc.Thread"))
            [result] = await client.call("thread")
            assert result["thread"].startswith("fanout node")

    asyncio.run(go())
    until = time.monotonic() + 10
    while any(each.name.startswith("fanout node") for each in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.05)


@contextlib.contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).with_name("programs.py")), *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


async def begun(child: subprocess.Popen[str], name: str) -> None:
    assert child.stdout is not None
    assert (await asyncio.to_thread(child.stdout.readline)).strip() == f"{name} has begun"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_running_work_finish(client: Client, address: str, number: signal.Signals) -> None:
    name = f"short-{number.name}"
    await client.upsert(one_node(name, "py.Short"))
    with program(address) as child:
        run = await client.trigger(name)
        await begun(child, "short")
        child.send_signal(number)
        output, log = await asyncio.to_thread(child.communicate, timeout=30)
        assert child.returncode == 0, log
        assert output.strip() == "the program goes on"
        events = [json.loads(line)["event"] for line in log.splitlines()]
        assert events == ["connected", "stopping"]
    assert [each.output for each in await client.result(run.id)] == [{"done": True}]
    states = [each async for each in client.states(run.id)]
    assert [each.attempt for each in states] == [1]


@pytest.mark.parametrize("kind", ["Hangs", "Swallows"])
async def test_a_node_that_never_returns_does_not_keep_the_process(client: Client, address: str, kind: str) -> None:
    await client.upsert(one_node(kind, f"py.{kind}"))
    with program(address) as child:
        run = await client.trigger(kind)
        await begun(child, kind.lower())
        child.send_signal(signal.SIGTERM)
        _, log = await asyncio.to_thread(child.communicate, timeout=30)
        assert child.returncode == 0, log
    await client.cancel(run.id)


async def test_a_program_with_a_wrong_token_ends_with_an_error(address: str) -> None:
    with start_servers(command=COMMAND, cwd=ROOT, env={"FANOUT_ADMIN_TOKEN": "a" * 32}) as own:
        with program(own.address, "wrong") as child:
            _, log = await asyncio.to_thread(child.communicate, timeout=30)
            assert child.returncode == 1
            assert "TokenInvalid" in log.splitlines()[-1]


async def test_a_forked_child_says_why_it_cannot_go_on(client: Client) -> None:
    async for _ in client.nodes():
        break
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            from fanout.wire.addresses import Address
            from fanout.wire.channel import ChannelOptions, blocking_channel

            blocking_channel(Address("127.0.0.1:1"), ChannelOptions())
        except BaseException as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as text:
        assert "forked" in text.read()
    os.waitpid(child, 0)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate of the state manager and one of a client."""
    folder = tmp_path_factory.mktemp("certificates")
    script = """
        import { writeFileSync } from 'node:fs';
        import { createAuthority } from './test/support/certificates.ts';
        const authority = createAuthority('fanout test');
        const [server, client] = [authority.issue(), authority.issue()];
        const files = { ca: authority.cert, cert: server.cert, key: server.key };
        Object.assign(files, { clientCert: client.cert, clientKey: client.key });
        for (const [name, pem] of Object.entries(files)) writeFileSync(`${process.argv[1]}/${name}.pem`, pem);
    """
    command = ["node", "--import", "tsx", "--input-type=module", "-e", script, str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return folder


async def test_tls_and_client_certificates(certificates: Path) -> None:
    env = {
        "FANOUT_TLS_CERT": str(certificates / "cert.pem"),
        "FANOUT_TLS_KEY": str(certificates / "key.pem"),
        "FANOUT_TLS_CA": str(certificates / "ca.pem"),
        "FANOUT_ADMIN_TOKEN": "a" * 32,
    }
    tls = Tls.from_files(
        ca=certificates / "ca.pem", cert=certificates / "clientCert.pem", key=certificates / "clientKey.pem"
    )
    with start_servers(command=COMMAND, cwd=ROOT, env=env) as own:
        options: Any = {"token": "a" * 32, "tls": tls}
        async with Client(own.address, **options) as client, Runtime(NODES, address=own.address, **options):
            await client.upsert(one_node("same", "proc.Same"))
            assert await client.call("same", {"n": 3}) == [{"n": 3}]
        async with Client(own.address, token="a" * 32) as plain:
            with pytest.raises(FanoutError):
                await plain.get("run")
    assert "PRIVATE" not in repr(tls)
