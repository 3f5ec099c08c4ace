"""Waiting for a connection."""

import asyncio
import time

import grpc
import grpc.aio


async def when_settled(channel: grpc.aio.Channel, seconds: float) -> bool:
    """Connects, and tells whether the connection stands or was refused within some seconds.

    A call says why it was refused; without this, one to a host that swallows all would wait for its own deadline.
    """
    until = time.monotonic() + seconds
    while True:
        state = channel.get_state(try_to_connect=True)
        if state in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE):
            return True
        left = until - time.monotonic()
        if state is grpc.ChannelConnectivity.SHUTDOWN or left <= 0:
            return False
        try:
            await asyncio.wait_for(channel.wait_for_state_change(state), left)
        except asyncio.TimeoutError:
            return False
