"""A Redis and a state manager for all tests, and what starts more of them."""

import faulthandler
import os
import shlex
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fanout import Client
from fanout.testing import Servers, start_servers

ROOT = Path(__file__).parents[3]

#: The state manager that `npm test` has built; else its sources.
COMMAND = shlex.split(os.environ.get("FANOUT_STATE_MANAGER", "node --import tsx services/state-manager/main.ts"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A Redis and a state manager, for tests that do no harm to them."""
    with start_servers(command=COMMAND, cwd=ROOT) as started:
        yield started


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    """Ends the whole run, with what every thread does, when a test takes longer than two minutes."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def address(servers: Servers) -> str:
    """The address of the state manager."""
    return servers.address


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    """A client of the state manager."""
    async with Client(address) as made:
        yield made
