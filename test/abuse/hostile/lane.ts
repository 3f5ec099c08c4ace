/** One of several things that the attacker does at once; it notes how each call and each stream of it was answered. */
import type { Hello, ListRunsResponse__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { type RawClient, readRefusal } from '../../support/raw/raw-client.ts';
import { RawRuntime } from '../../support/raw/raw-runtime.ts';

/** Notes of all lanes together. */
export class Notes {
  /** Answers by reason, such as `HELLO_INVALID`; `OK`: it was done. */
  readonly answers = new Map<string, number>();
  /** Answers that nobody may get, whatever was sent; one line each. */
  readonly faults: string[] = [];

  count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

/** The attacker's namespace, as a lane reaches it. */
export interface Target {
  readonly address: string;
  readonly client: RawClient;
  readonly clientToken: string;
  readonly runtimeToken: string;
}

/** Time that a stream has for its first answer, or its end, milliseconds: schemas of a hello are compiled in turn. */
const streamMs = 30_000;

export class Lane {
  readonly target: Target;
  /** Names the lane's own graphs and nodes. */
  readonly number: number;
  /** The case that is being played: for notes. */
  playing = '';
  readonly #notes: Notes;

  constructor(number: number, target: Target, notes: Notes) {
    this.number = number;
    this.target = target;
    this.#notes = notes;
  }

  get client(): RawClient {
    return this.target.client;
  }

  /** Makes a call. @returns its answer; undefined: it was refused, as noted */
  async ask<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await call();
      this.#notes.count('OK');
      return answer;
    } catch (error) {
      this.refused(what, error as grpc.ServiceError);
      return undefined;
    }
  }

  /** Notes the status that has ended a call or a stream. */
  refused(what: string, status: grpc.StatusObject): void {
    // An error of ours, such as a time that is up, is no answer.
    if (status.metadata === undefined) {
      this.#notes.count('NO_ANSWER');
      return;
    }
    const { code, reason, message } = readRefusal(status);
    // HTTP/2 ends a connection whose calls are cancelled by the hundred a second, with all that is under way on it.
    if (reason === '' && message.includes('Session closed with error code')) {
      this.#notes.count('CONNECTION_ENDED');
      return;
    }
    this.#notes.count(reason || code);
    if (reason === 'INTERNAL' || code === 'INTERNAL' || code === 'UNKNOWN')
      this.#notes.faults.push(`${this.playing}: ${what} was answered ${code} ${reason}: ${message}`);
  }

  /** Notes what came instead of a refusal. */
  noted(answer: string): void {
    this.#notes.count(answer);
  }

  open(): RawRuntime {
    return new RawRuntime(this.target.address, { token: this.target.runtimeToken });
  }

  /** Opens a stream and says hello on it, uses it if it is welcome, and cuts it. */
  async hosting(hello: Hello, use: (stream: RawRuntime, sessionId: string) => Promise<void>): Promise<void> {
    const stream = this.open();
    try {
      const defaults = { protocolVersion: 1, runtimeName: 'hostile', capacity: { total: 100 } };
      stream.send({ hello: { ...defaults, ...hello } });
      const sessionId = await this.welcomed(stream);
      if (sessionId !== undefined) await use(stream, sessionId);
    } finally {
      await stream.cut();
    }
  }

  /** Waits for a stream's welcome. @returns its session; undefined: the stream has ended, as noted */
  async welcomed(stream: RawRuntime): Promise<string | undefined> {
    try {
      const { sessionId = '' } = await stream.next('welcome', streamMs);
      this.#notes.count('OK');
      return sessionId;
    } catch {
      const end = await Promise.race([stream.ended, undefined]);
      if (end) this.refused('Connect', end);
      else this.#notes.count('NO_ANSWER');
      return undefined;
    }
  }

  /** Notes the acks that come within a time, or the end of the stream. */
  async acks(stream: RawRuntime, timeoutMs: number): Promise<void> {
    try {
      for (const { status = '' } of (await stream.next('acks', timeoutMs)).items ?? [])
        this.#notes.count(status.replace('ACK_STATUS_', 'ACK '));
    } catch {
      const end = await Promise.race([stream.ended, undefined]);
      if (end && end.code !== grpc.status.OK) this.refused('Connect', end);
    }
  }

  /** Starts a run. @returns its id; undefined: it was refused */
  async trigger(
    graphName: string,
    inputsJson = '{}',
    storeJson: Record<string, string> = {},
  ): Promise<string | undefined> {
    const started = await this.ask('TriggerRun', () =>
      this.client.tryTrigger({ graphName, inputsJson, storeJson }),
    );
    return started?.runId;
  }

  /** Cancels what runs of a graph, waits for its ends, and deletes it: nothing of a case outlives it. */
  async sweep(graphName: string): Promise<void> {
    const { graphs, runs } = this.client;
    const status = 'RUN_STATUS_RUNNING';
    const left = await this.ask('ListRuns', () =>
      this.client.call<ListRunsResponse__Output>((...more) =>
        runs.listRuns({ graphName, status, pageSize: 1_000 }, ...more),
      ),
    );
    const sweepRun = async (runId: string) => {
      await this.ask('CancelRun', () => this.client.call((...more) => runs.cancelRun({ runId }, ...more)));
      await this.ask('WatchRun', () => this.client.watch(runId));
    };
    await Promise.all((left?.runs ?? []).map(({ runId = '' }) => sweepRun(runId)));
    await this.ask('DeleteGraph', () =>
      this.client.call((...more) => graphs.deleteGraph({ name: graphName }, ...more)),
    );
  }
}
