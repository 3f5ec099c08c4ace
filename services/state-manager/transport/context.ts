import type { ByteBudget } from '../byte-budget.ts';
import type { EngineApi } from '../engine/ports/api.ts';
import type { Log } from '../log.ts';
import type { Admission } from './admission.ts';
import type { TokenRechecks } from './token-rechecks.ts';

/** Bytes, announced to runtimes and checked on both sides. */
export interface Limits {
  /** No frame or message, either way, is larger. */
  readonly maxFrameBytes: number;
  /** No single output is larger, as JSON. */
  readonly maxOutputBytes: number;
}

/** Parts that every service is made with. */
export interface Context {
  readonly engine: EngineApi;
  readonly log: Log;
  readonly limits: Limits;
  readonly rechecks: TokenRechecks;
  /** The caller of a call, by its metadata: every call that reaches a handler was let in. */
  readonly callerOf: Admission['callerOf'];
  /** Room for answers that are full of what storage has. */
  readonly reads: ByteBudget;
}
