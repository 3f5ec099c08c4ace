"""Following a run up to its end."""

import asyncio
from collections.abc import AsyncGenerator

import grpc
import grpc.aio

from fanout._proto.v1.run_service_pb2 import WatchRunRequest, WatchRunResponse
from fanout.client.patience import Patience
from fanout.client.services import Services
from fanout.wire.errors import FanoutError, error_from_call
from fanout.wire.methods import WATCH_RUN


async def follow_run(services: Services, request: WatchRunRequest) -> AsyncGenerator[WatchRunResponse, None]:
    """Every message of a watch up to the run's end.

    When the stream breaks before, a new one goes on: it begins with a snapshot again, and after the end with the first of
    the results. Raises FanoutError: the run is unknown, or no state manager has answered for a minute.
    """
    request.namespace = services.namespace
    patience = Patience()
    while True:
        has_ended = False
        failure = FanoutError("the watch ended before the run", code=grpc.StatusCode.UNAVAILABLE)
        endpoint = await services.reach()
        stream = WATCH_RUN.answers(endpoint.channel, services.options, request)
        try:
            while (message := await stream.read()) is not grpc.aio.EOF:
                patience.answered()
                has_ended = has_ended or message.run.HasField("end_time")
                yield message
            if has_ended:
                return
        except grpc.RpcError as error:
            failure = error_from_call(error, endpoint.address)
        finally:
            stream.cancel()
        services.leave(endpoint)
        await asyncio.sleep(patience.pause_after(failure))
