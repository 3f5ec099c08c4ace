import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { KeptLines, LogStorage, NewLines } from '../engine/ports/logs.ts';
import { type RunOfCall, runScript, runScripts, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';
import { packLine, readLine } from './layout/log-line.ts';

/** Lines, and bytes of them, that one call keeps, and runs that it is about, at most. */
const linesPerCall = 1_000;
const bytesPerCall = 512_000;
const runsPerCall = 500;

/** Lines of one run in one call. */
interface Part {
  readonly source: NewLines;
  readonly packed: string[];
  readonly dropped: number;
}

/** Logs of runs in Redis: a list of each run's newest lines. */
export class RedisLogStorage implements LogStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;
  /** Marks the calls of this state manager. */
  readonly #writer = randomBytes(6).toString('hex');
  #calls = 0;

  /** @param redis the connection that steps go over: what is kept before a step is there before it */
  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async keep(
    runs: readonly NewLines[],
    bounds: { readonly lines: number; readonly bytes: number },
  ): Promise<readonly NewLines[]> {
    const byShard = new Map<number, NewLines[]>();
    for (const run of runs) {
      const shard = this.#keys.shardOf(run.runId);
      const ofShard = byShard.get(shard);
      if (ofShard) ofShard.push(run);
      else byShard.set(shard, [run]);
    }
    const calls = [...byShard].flatMap(([shard, ofShard]) =>
      partsOf(ofShard).map((parts) => ({ shard, parts, batch: `${this.#writer}.${++this.#calls}` })),
    );
    const replies = await runScripts(
      this.#redis,
      calls.map(({ shard, parts, batch }) => ({
        script: scriptNamed('keep_lines'),
        keys: { usage: this.#keys.usage(shard) },
        args: { batch, max_lines: bounds.lines, max_bytes: bounds.bytes },
        runs: parts.map((part) => this.#runOfCall(part)),
      })),
    );
    return calls.flatMap(({ parts }, i) =>
      replies[i] instanceof Error
        ? parts.map(({ source, packed, dropped }) => ({
            runId: source.runId,
            lines: [],
            dropped: packed.length + dropped,
          }))
        : [],
    );
  }

  async lines(runId: string, from: number, atMost: number): Promise<KeptLines> {
    const [first, last, dropped, ...packed] = (await runScript(this.#redis, {
      script: scriptNamed('read_lines'),
      keys: { run: this.#keys.run(runId), log: this.#keys.log(runId) },
      args: { from, at_most: atMost },
    })) as [number, number, number, ...string[]];
    return { first, last, dropped, lines: packed.map(readLine) };
  }

  #runOfCall({ source: { runId }, packed, dropped }: Part): RunOfCall {
    return {
      keys: { run: this.#keys.run(runId), log: this.#keys.log(runId) },
      args: { dropped },
      moreArgs: [packed.length, ...packed],
    };
  }
}

/** Cuts lines of runs into calls that are bounded. */
function partsOf(runs: readonly NewLines[]): Part[][] {
  const calls: Part[][] = [];
  let parts: Part[] = [];
  let [lines, bytes] = [0, 0];
  const begin = (source: NewLines, dropped: number, isFull = parts.length === runsPerCall): Part => {
    if (isFull || parts.length === 0) {
      [parts, lines, bytes] = [[], 0, 0];
      calls.push(parts);
    }
    const part: Part = { source, packed: [], dropped };
    parts.push(part);
    return part;
  };
  for (const source of runs) {
    let part = begin(source, source.dropped);
    for (const line of source.lines) {
      const packed = packLine(line);
      if (lines === linesPerCall || bytes + packed.length > bytesPerCall) part = begin(source, 0, true);
      part.packed.push(packed);
      lines++;
      bytes += packed.length;
    }
  }
  return calls;
}
