import type { FollowLogsRequest__Output, FollowLogsResponse, LogLine } from '@fanout/proto';
import { type AnswerCall, countedWatch, send } from './answer-streams.ts';
import { charactersOfLine, decodeFollowLogs, encodeLogLine } from './codec/logs.ts';
import type { Context } from './context.ts';

type FollowCall = AnswerCall<FollowLogsRequest__Output, FollowLogsResponse>;

/** Serves one stream of a run's lines, to the end of the run. */
export async function followLogs(context: Context, call: FollowCall, signal: AbortSignal): Promise<void> {
  const { engine, limits } = context;
  await countedWatch(context, call, async (namespace) => {
    const { runId, filter, afterNumber } = decodeFollowLogs(call.request);
    for await (const { lines, dropped } of engine.logs.follow(
      namespace,
      runId,
      filter,
      afterNumber,
      signal,
    )) {
      let message: LogLine[] = [];
      let bytes = 0;
      for (const line of lines) {
        const size = charactersOfLine(line) * 3 + 512;
        if (message.length > 0 && bytes + size > limits.maxFrameBytes / 2) {
          await send(call, { lines: message, dropped }, signal);
          [message, bytes] = [[], 0];
        }
        message.push(encodeLogLine(line));
        bytes += size;
      }
      await send(call, { lines: message, dropped }, signal);
    }
    signal.throwIfAborted();
    call.end();
  });
}
