/** Steers one run by the commands of a case, then heals it and has everything retried until it is whole. */
import type { State__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import type { RawClient, RunEnd } from '../../support/raw/raw-client.ts';
import { readRefusal } from '../../support/raw/raw-client.ts';
import type { ModelGraph } from '../model-graph.ts';
import type { Delivery } from '../running/observation.ts';
import { type Area, areaBelow, wholeRun } from './area.ts';
import type { Gate } from './gate.ts';
import { Generations } from './generations.ts';
import type { Command } from './steering-case.ts';
import { Watch } from './watch.ts';

/** Parts that a steered run is given. */
export interface SteeringParts {
  readonly client: RawClient;
  /** Makes a call; where things die, again while storage cannot be reached. */
  readonly make: <T>(call: () => Promise<T>) => Promise<T>;
  readonly runId: string;
  readonly graph: ModelGraph;
  readonly gate: Gate;
  readonly heal: (node: number) => void;
  readonly deliveries: () => ReadonlyMap<string, Delivery>;
  /** No answer is lost, and no unite leaves out what has failed: which states can be retried is known. */
  readonly isSure: boolean;
}

type MarkCall = 'cancelRun' | 'pauseRun' | 'resumeRun';

const endTimeoutMs = 30_000;
/** Retries of the whole run until nothing is left to retry: a mark below what had not reported takes one of them. */
const maxRounds = 12;

export class SteeredRun {
  /** Done commands, and what was wrong with them; one sentence each. */
  readonly history: string[] = [];
  readonly differences: string[] = [];
  /** Numbers of calls that did something, by name. */
  readonly calls = new Map<string, number>();
  readonly #parts: SteeringParts;
  /** Pauses that may stand. */
  #paused: Area[] = [];
  #watches: { readonly watch: Watch; readonly kind: 'cancel' | 'pause' }[] = [];

  constructor(parts: SteeringParts) {
    this.#parts = parts;
  }

  async obey(command: Command): Promise<void> {
    const { gate, heal } = this.#parts;
    switch (command.kind) {
      case 'advance':
        for (let frame = 0; frame < command.frames; frame++)
          if (!(await gate.advance(command.pick, () => this.#isMoving()))) break;
        if (command.settles) await gate.settled();
        return;
      case 'heal':
        heal(command.node);
        return;
      case 'cancel':
      case 'pause':
        await this.#mark(command.kind, await this.#area(command.pick, command.fanOut));
        return;
      case 'resume': {
        const area = at(this.#paused, command.pick);
        if (area) await this.#resume(area);
        return;
      }
      case 'retryOne':
        return this.#retryOne(command.pick);
      case 'retry': {
        const { request } = await this.#area(command.pick, command.fanOut);
        await this.#retry(request.stateId === undefined ? {} : { ...request, below: true });
      }
    }
  }

  /** Cancels below one of the states. Gives what is cancelled; undefined: nothing was left there. */
  async cancelBelow(pick: number, fanOut: boolean): Promise<Area | undefined> {
    const area = await this.#area(pick, fanOut);
    if (area === wholeRun) return undefined;
    return (await this.#mark('cancel', area)) ? area : undefined;
  }

  /** Lets everything pass, and waits for the end. */
  async finish(): Promise<RunEnd> {
    const { client, gate, make, runId } = this.#parts;
    gate.open();
    const end = await make(() => client.end(runId, endTimeoutMs));
    await this.#unwatch(() => true);
    return end;
  }

  /** Heals everything, takes back every pause, lets everything pass, and retries until nothing is left to retry. */
  async makeWhole(): Promise<RunEnd> {
    const { client, graph, gate, heal, make, runId } = this.#parts;
    graph.forEach((_, node) => {
      heal(node);
    });
    await this.#unwatch(() => true);
    for (const area of [...this.#paused]) await this.#resume(area);
    gate.open();
    for (let round = 0; ; round++) {
      const end = await make(() => client.end(runId, endTimeoutMs));
      const retried = await this.#retry({});
      if (retried === 0) return end;
      if (round === maxRounds) {
        this.differences.push(`${retried} states were retried after ${round} retries of all`);
        return end;
      }
    }
  }

  async states(): Promise<State__Output[]> {
    const { client, make, runId } = this.#parts;
    return make(() => client.states(runId));
  }

  /** True if something is sure to be handed out soon. */
  async #isMoving(): Promise<boolean> {
    if (this.#paused.length > 0) return false;
    return (await this.states()).some(({ status }) => /STATUS_(?:CREATED|QUEUED)$/.test(status ?? ''));
  }

  /** True if it says that it has changed something. */
  async #mark(kind: 'cancel' | 'pause', area: Area): Promise<boolean> {
    // Its answer may be lost: then it stands all the same.
    if (kind === 'pause') this.#paused.push(area);
    // A run that is cancelled is not paused any more, and a retry by hand lets it go on.
    else if (area === wholeRun)
      await this.#unwatch((each) => each.kind === 'pause' && each.watch.area === wholeRun);
    const changed = await this.#call(`${kind}Run`, area);
    if (!changed) return false;
    const deliveries = this.#deliveries();
    const what = `after ${this.history.at(-1)}`;
    this.#watches.push({ kind, watch: new Watch(what, area, deliveries, await this.states()) });
    return true;
  }

  /** Takes back every pause of the same part. */
  async #resume(area: Area): Promise<void> {
    const isSame = (other: Area) => JSON.stringify(other.request) === JSON.stringify(area.request);
    await this.#unwatch(({ kind, watch }) => kind === 'pause' && isSame(watch.area));
    this.#paused = this.#paused.filter((other) => !isSame(other));
    await this.#call('resumeRun', area);
  }

  async #retryOne(pick: number): Promise<void> {
    const states = await this.states();
    const generations = new Generations(states);
    const ended = ordered(states.filter(({ status }) => /ERRORED|CANCELLED/.test(status ?? '')));
    const state = at(ended, pick);
    if (!state) return;
    const { code } = state.failure ?? {};
    const isErrored = state.status === 'STATE_STATUS_ERRORED';
    // Where a unite was opened again and has not fired yet, no path tells of it.
    const isSuperseded = generations.isSuperseded(state) || state.superseded === true;
    const mayBe = (isErrored ? code !== 'UNITE_UNSATISFIED' : code === 'CANCELLED') && !isSuperseded;
    const retried = await this.#retry({ stateId: state.stateId ?? '' });
    if (!this.#parts.isSure || retried > 0 === mayBe) return;
    this.differences.push(
      `${this.history.at(-1)}: ${state.identifier} at ${state.path} is ${state.status} ${code}`,
    );
  }

  /** The number of states; 0: it was refused. */
  async #retry(request: { stateId?: string; fanOut?: boolean; below?: boolean }): Promise<number> {
    const { client, make, runId } = this.#parts;
    // What it makes is cancelled by no mark that is older.
    await this.#unwatch(({ kind }) => kind === 'cancel');
    const what = `retryRun ${JSON.stringify(request)}`;
    try {
      const { retried = 0 } = await make(() =>
        client.call<{ retried?: number }>((...more) => client.runs.retryRun({ runId, ...request }, ...more)),
      );
      this.#done(what, Number(retried));
      return Number(retried);
    } catch (error) {
      this.#refused(what, error);
      return 0;
    }
  }

  /** True if it answers that it has changed something. */
  async #call(call: MarkCall, { request }: Area): Promise<boolean> {
    const { client, make, runId } = this.#parts;
    const what = `${call} ${JSON.stringify(request)}`;
    const { changed = false } = await make(() =>
      client.call<{ changed?: boolean }>((...more) => client.runs[call]({ runId, ...request }, ...more)),
    );
    this.#done(what, changed);
    return changed;
  }

  #done(what: string, effect: boolean | number): void {
    this.history.push(`${what}: ${effect}`);
    const [call = ''] = what.split(' ');
    if (effect) this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
  }

  /** A state that cannot be retried is a right answer; anything else is not. */
  #refused(what: string, error: unknown): void {
    const { code } = error as grpc.ServiceError;
    if (code === undefined) throw error;
    const refusal = readRefusal(error as grpc.ServiceError);
    this.history.push(`${what}: ${refusal.reason}`);
    if (refusal.reason !== 'STATE_NOT_RETRYABLE')
      this.differences.push(`${what}: ${grpc.status[code]} ${refusal.message}`);
  }

  /** Ends watches: what they watch may go on after the next call. */
  async #unwatch(isOver: (watched: { readonly watch: Watch; readonly kind: string }) => boolean) {
    const over = this.#watches.filter(isOver);
    if (over.length === 0) return;
    this.#watches = this.#watches.filter((each) => !over.includes(each));
    const deliveries = this.#deliveries();
    const states = await this.states();
    for (const { watch } of over) this.differences.push(...watch.broken(deliveries, states));
  }

  #deliveries(): ReadonlyMap<string, Pick<Delivery, 'times'>> {
    return new Map(this.#parts.deliveries());
  }

  async #area(pick: number | undefined, fanOut: boolean): Promise<Area> {
    if (pick === undefined) return wholeRun;
    const state = at(ordered(await this.states()), pick);
    if (!state) return wholeRun;
    const node = this.#parts.graph.find(({ identifier }) => identifier === state.identifier);
    return areaBelow(state, fanOut, node?.isOpen === true);
  }
}

function at<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % items.length];
}

/** Orders states by path, then attempt, then output: whatever order they were created in. */
function ordered(states: readonly State__Output[]): State__Output[] {
  const sibling = ({ stateId = '' }: State__Output) => Number(stateId.split('.')[2] ?? 0);
  const key = ({ path = '', identifier = '' }: State__Output) => `${path} ${identifier}`;
  return [...states].sort((left, right) => {
    if (key(left) !== key(right)) return key(left) < key(right) ? -1 : 1;
    return (left.attempt ?? 1) - (right.attempt ?? 1) || sibling(left) - sibling(right);
  });
}
