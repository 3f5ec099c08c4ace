/** Everything that the engine needs from outside, whatever gives it. */
import type { Cancellation } from '../../domain/model/stream.ts';
import type { CatalogStorage } from './catalog.ts';
import type { ControlSteps } from './control.ts';
import type { Due } from './due.ts';
import type { LimitStorage } from './limits.ts';
import type { LogStorage } from './logs.ts';
import type { Reclaiming } from './reclaim.ts';
import type { RunJobStorage } from './run-jobs.ts';
import type { RunLists } from './run-lists.ts';
import type { RunIndex, RunReader } from './run-reader.ts';
import type { ScheduleStorage } from './schedules.ts';
import type { SessionStorage } from './sessions.ts';
import type { RankedPlace, RunSteps } from './settling.ts';
import type { StoreStorage } from './store.ts';
import type { TriggerStorage } from './triggers.ts';

/** New work: a place that had no ready state before. */
export interface Wake extends RankedPlace {
  readonly namespace: string;
  readonly nodeName: string;
}

export interface Notices {
  /**
   * A connection to storage was lost and is back: notices were missed, and storage may have lost the last of
   * what it had acknowledged.
   */
  onReconnected(listener: () => void): void;
  onWake(listener: (wake: Wake) => void): void;
  onEnd(listener: (runId: string) => void): void;
  /** Has `listener` told which runs another state manager wants to be told of. */
  onWatch(listener: (runIds: readonly string[]) => void): void;
  /** Asks all other state managers to tell of runs. */
  watch(runIds: readonly string[]): void;
  /** Has `listener` told which runs another state manager has changed. */
  onChange(listener: (runIds: readonly string[]) => void): void;
  /** Tells all other state managers of runs that were changed here. */
  change(runIds: readonly string[]): void;
  onCancel(listener: (sessionId: string, cancellation: Cancellation) => void): void;
  cancel(sessionId: string, cancellation: Cancellation): void;
}

/** All that storage does for runs. Each part of the engine takes only what it uses of it. */
export interface RunStorage extends RunIndex, RunReader, RunLists, RunSteps, ControlSteps, Due {}

export interface Storage {
  readonly runs: RunStorage;
  readonly store: StoreStorage;
  readonly logs: LogStorage;
  readonly sessions: SessionStorage;
  readonly catalog: CatalogStorage;
  readonly limits: LimitStorage;
  readonly reclaiming: Reclaiming;
  readonly triggers: TriggerStorage;
  readonly runJobs: RunJobStorage;
  readonly schedules: ScheduleStorage;
  readonly notices: Notices;
}

/**
 * Checks values against JSON Schemas. Schemas and values are of a tenant's making: whatever they do is told as a sentence, and never
 * an error. What is cheap for sure is answered at once; the rest is done beside the event loop, with a bound on time and memory,
 * each namespace in its turn.
 */
export interface SchemaChecker {
  /**
   * The first rule that a value breaks, or the reason why it cannot be checked, as a sentence; undefined: none.
   * @param valueJson the same value as text; a promise never rejects
   */
  check(
    namespace: string,
    schemaJson: string,
    value: unknown,
    valueJson: string,
  ): string | undefined | Promise<string | undefined>;
  /** The reason why a schema cannot be used, as a sentence; undefined: it can. Never rejects. */
  compile(namespace: string, schemaJson: string): Promise<string | undefined>;
}
