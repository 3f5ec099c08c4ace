import type { DownFrame, Emit, Output, Report, UpFrame } from '../domain/model/stream.ts';
import { assertNever } from '../errors.ts';

/** Frames of the largest size that may be unanswered before no more are read. */
const unansweredFrames = 4;
/** Memory of a report and of an output, however small it is, bytes. */
const reportBytes = 1_024;
const outputBytes = 128;

/** The way up of one stream: counts what was taken in and is not answered yet. */
export interface Unanswered {
  /** More is unanswered than should be: take nothing in until it is less. */
  readonly isFull: boolean;
  /** Counts the reports and emits of a frame that came in. */
  took(frame: UpFrame): void;
  /** Counts the answers on a frame that goes out. */
  answered(frame: DownFrame): void;
}

/**
 * Reports and emits are kept until storage has them. A runtime that sends them faster than that, or while storage
 * is away, keeps them itself.
 * @param onFlow called when `isFull` has changed
 */
export function countUnanswered({
  maxFrameBytes,
  onFlow,
}: {
  readonly maxFrameBytes: number;
  readonly onFlow: () => void;
}): Unanswered {
  const fullBytes = unansweredFrames * maxFrameBytes;
  /**
   * Bytes of each state's unanswered reports and emits, in the order in which they came: so they are answered. Under
   * two leases of one state it may be another order, which only moves bytes from one answer to the other.
   */
  const costs = new Map<string, number[]>();
  let bytes = 0;
  let isFull = false;

  function watchFlow(): void {
    // Between the two it stays as it is: reading on and off for each answer would cost more than it saves.
    if (isFull ? bytes > fullBytes / 2 : bytes <= fullBytes) return;
    isFull = !isFull;
    onFlow();
  }

  function add({ stateId }: Report | Emit, cost: number): void {
    const ofState = costs.get(stateId);
    if (ofState === undefined) costs.set(stateId, [cost]);
    else ofState.push(cost);
    bytes += cost;
  }

  return {
    took(frame) {
      if (frame.kind === 'reports') for (const report of frame.items) add(report, costOfReport(report));
      else if (frame.kind === 'emits')
        for (const emit of frame.items) add(emit, reportBytes + costOfOutputs(emit.outputs));
      else return;
      watchFlow();
    },
    answered(frame) {
      if (frame.kind !== 'acks') return;
      for (const { stateId } of frame.items) {
        const ofState = costs.get(stateId);
        bytes -= ofState?.shift() ?? 0;
        if (ofState?.length === 0) costs.delete(stateId);
      }
      watchFlow();
    },
    get isFull() {
      return isFull;
    },
  };
}

function costOfReport({ outcome, storeChanges = [] }: Report): number {
  let cost = reportBytes;
  for (const change of storeChanges) {
    cost += outputBytes + change.key.length;
    if (change.kind === 'set' || change.kind === 'append') cost += change.json.length;
  }
  switch (outcome.kind) {
    case 'executed':
      return cost + costOfOutputs(outcome.outputs);
    case 'pruned':
      return cost + outcome.dataJson.length;
    case 'errored':
    case 'invalid':
      return cost + outcome.failure.message.length;
    case 'requeued':
      return cost;
    default:
      return assertNever(outcome);
  }
}

function costOfOutputs(outputs: readonly Output[]): number {
  let cost = 0;
  for (const { outputJson, route } of outputs) {
    cost += outputBytes + outputJson.length;
    if (route !== undefined) for (const identifier of route) cost += identifier.length + 16;
  }
  return cost;
}
