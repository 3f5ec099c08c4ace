/** Every command that a Redis takes. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A command with its arguments, and who sent it: `lua` for scripts, else `host:port`. */
export interface MonitoredCommand {
  readonly words: readonly string[];
  readonly source: string;
}

export interface RedisMonitor {
  close(): void;
}

/**
 * Calls `listener` for each command from now on. `Redis.monitor` of ioredis fails where a command comes in one packet
 * with the answer to MONITOR.
 */
export async function monitorRedis(
  url: string,
  listener: (command: MonitoredCommand) => void,
): Promise<RedisMonitor> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const lines = createInterface(socket);
  const begun = once(lines, 'line');
  socket.write('MONITOR\r\n');
  const [answer] = await begun;
  if (answer !== '+OK') throw new Error(`MONITOR: ${answer}`);
  lines.on('line', (line) => listener(parse(line)));
  return { close: () => socket.destroy() };
}

/** A line such as `+1796034609.080625 [0 127.0.0.1:47520] "zadd" "key"`; bytes that are not printable stay escaped. */
function parse(line: string): MonitoredCommand {
  const [, source = '', rest = ''] = /^\+[\d.]+ \[\d+ ([^\]]*)\] (.*)$/.exec(line) ?? [];
  const words = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) =>
    word.replace(/\\(["\\])/g, '$1'),
  );
  return { words, source };
}
