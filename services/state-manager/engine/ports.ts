/** What the engine needs from outside, without saying who gives it. */
import type { Cancellation } from '../domain/model.ts';
import type { CatalogStorage } from './catalog-ports.ts';
import type { PrioritizedPlace } from './commit-ports.ts';
import type { RunStorage } from './run-ports.ts';
import type { SessionStorage } from './session-ports.ts';
import type { StoreStorage } from './store-ports.ts';
import type { TriggerStorage } from './trigger-ports.ts';

/** New work: a place that had no ready state before. */
export interface Wake extends PrioritizedPlace {
  readonly namespace: string;
  readonly nodeName: string;
}

export interface Notices {
  /**
   * The connection to storage was lost and is back: notices were missed, and storage may have lost the last of
   * what it had acknowledged.
   */
  onReconnected(listener: () => void): void;
  onWake(listener: (wake: Wake) => void): void;
  onEnd(listener: (runId: string) => void): void;
  onCancel(listener: (sessionId: string, cancellation: Cancellation) => void): void;
  cancel(sessionId: string, cancellation: Cancellation): void;
}

export interface Storage {
  readonly runs: RunStorage;
  readonly store: StoreStorage;
  readonly sessions: SessionStorage;
  readonly catalog: CatalogStorage;
  readonly triggers: TriggerStorage;
  readonly notices: Notices;
}

/** Checks values against JSON Schemas. */
export interface SchemaChecker {
  /** The first rule that the value breaks, as a sentence; undefined: none. @throws if the schema itself is bad */
  check(schemaJson: string, value: unknown): string | undefined;
}
