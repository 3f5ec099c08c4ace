/**
 * A tenant that does nothing unusual, in a process of its own, so that it measures the state manager and not the attacker:
 * asks for the health of the state manager, and has a graph of one node run, again and again.
 */
import * as grpc from '@grpc/grpc-js';
import { RawClient } from '../support/raw/raw-client.ts';
import { RawRuntime } from '../support/raw/raw-runtime.ts';

/** Times that one of its calls or questions took, milliseconds, in their order. */
export interface Experience {
  /** Health checks, one every 20 ms. */
  readonly pingsMs: readonly number[];
  /** Runs of one node, from the trigger to the end, one after the other. */
  readonly runsMs: readonly number[];
  /** Errors that it got; one sentence each. */
  readonly errors: readonly string[];
}

export interface BystanderOptions {
  readonly address: string;
  readonly clientToken: string;
  readonly runtimeToken: string;
}

const pingEveryMs = 20;
const pauseMs = 10;

/** Answers `take` with what it has seen since the last time. */
export type BystanderMessage = 'take' | 'stop';

if (process.send) await serve(JSON.parse(process.argv[2] ?? '') as BystanderOptions);

async function serve({ address, clientToken, runtimeToken }: BystanderOptions): Promise<void> {
  const client = new RawClient(address, { token: clientToken });
  const runtime = new RawRuntime(address, { token: runtimeToken });
  const health = new grpc.Client(address, grpc.credentials.createInsecure());
  let seen = nothing();
  let isStopped = false;

  await runtime.hello({ nodes: [{ name: 'Quiet' }] });
  void serveNode(runtime);
  await client.upsert('quiet', {
    nodes: [{ node_name: 'Quiet', identifier: 'quiet', inputs: {}, next_nodes: [] }],
  });

  const measure = async (kind: 'pingsMs' | 'runsMs', work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    // What is under way when the experience is taken counts to the next one.
    await work().catch((error: Error) => seen.errors.push(error.message));
    seen[kind].push(performance.now() - startedAt);
  };
  const ping = async () => {
    while (!isStopped) {
      const startedAt = performance.now();
      await measure('pingsMs', () => check(health));
      await delay(Math.max(0, pingEveryMs - (performance.now() - startedAt)));
    }
  };
  const run = async () => {
    while (!isStopped) {
      await measure('runsMs', async () => client.end(await client.trigger('quiet'), 60_000));
      await delay(pauseMs);
    }
  };
  const working = [ping(), run()];

  process.on('message', async (message: BystanderMessage) => {
    if (message === 'take') {
      process.send!(seen satisfies Experience);
      seen = nothing();
      return;
    }
    isStopped = true;
    await Promise.all(working);
    await runtime.cut();
    client.close();
    health.close();
    process.disconnect();
  });
  process.send!('ready');
}

function nothing(): { pingsMs: number[]; runsMs: number[]; errors: string[] } {
  return { pingsMs: [], runsMs: [], errors: [] };
}

/** Reports an output for each assignment until the stream ends. */
async function serveNode(runtime: RawRuntime): Promise<void> {
  try {
    for (;;)
      for (const each of (await runtime.next('assignments', 3_600_000)).items ?? [])
        runtime.reportExecuted(each, [{}]);
  } catch {
    // The stream has ended: what the client sees then tells of it.
  }
}

/** Asks `grpc.health.v1.Health/Check` whether all of it serves; its answer is `0801`. */
function check(health: grpc.Client): Promise<void> {
  return new Promise((resolve, reject) => {
    health.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.alloc(0),
      { deadline: Date.now() + 60_000 },
      (error, answer) => {
        if (error) reject(error);
        else if (answer?.toString('hex') !== '0801') reject(new Error('the state manager does not serve'));
        else resolve();
      },
    );
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
