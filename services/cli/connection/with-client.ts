/** The frame of every command that asks a state manager: a client, what it prints, and the end of both. */
import { type Client, FanoutError } from '@fanout/runtime';
import type { Command } from 'commander';
import { type Explained, explainError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { Output } from '../terminal/output.ts';
import { createClient, type GlobalOptions } from './connection.ts';

/** A command while it runs. */
export interface Call<Options = object> {
  readonly client: Client;
  readonly output: Output;
  readonly options: Options & GlobalOptions;
}

/** The outcome of a command; undefined: it has done what it was told. */
// biome-ignore lint/suspicious/noConfusingVoidType: a command without an outcome of its own returns nothing.
export type Outcome = Promise<ExitCode | void>;

type Action = (...given: unknown[]) => Promise<void>;

/** Makes an action of commander of a function that needs a client. */
export function withClient<Options, Args extends unknown[]>(
  run: (call: Call<Options>, ...args: Args) => Outcome,
): Action {
  return withOutput<Options, Args>(async ({ output, options }, ...args) => {
    const client = createClient(options);
    try {
      return await run({ client, output, options }, ...args);
    } catch (error) {
      throw (await likelyRun(client, error, args[0])) ?? error;
    } finally {
      client.close();
    }
  });
}

/** Makes an action of commander of a function that needs no client. */
export function withOutput<Options, Args extends unknown[]>(
  run: (call: Omit<Call<Options>, 'client'>, ...args: Args) => Outcome,
): Action {
  return async (...given) => {
    const options = (given.at(-1) as Command).optsWithGlobals<Options & GlobalOptions>();
    const output = new Output({ isJson: options.json === true });
    try {
      process.exitCode = (await run({ output, options }, ...(given.slice(0, -2) as Args))) ?? exitCodes.ok;
    } catch (error) {
      const explained: Explained = explainError(error);
      output.error(explained);
      process.exitCode = explained.exitCode;
    }
  };
}

/** Runs among which one may be meant. */
const runsLookedAt = 1_000;
/** Shorter ids are part of too many others. */
const shortestPart = 4;

/** The error for the id of no run, with the run that may be meant: an id that was cut is the beginning or the end of one. */
async function likelyRun(client: Client, error: unknown, id: unknown): Promise<FanoutError | undefined> {
  if (!(error instanceof FanoutError) || error.reason !== 'RUN_NOT_FOUND') return undefined;
  if (typeof id !== 'string' || id.length < shortestPart) return undefined;
  let seen = 0;
  try {
    for await (const run of client.list()) {
      if (run.id.startsWith(id) || run.id.endsWith(id))
        return new FanoutError(`${error.message}; did you mean ${run.id}?`, {
          code: error.code,
          reason: error.reason,
        });
      if (++seen === runsLookedAt) break;
    }
  } catch (cause) {
    // The first error says more than that the list cannot be had.
    if (!(cause instanceof FanoutError)) throw cause;
  }
  return undefined;
}
