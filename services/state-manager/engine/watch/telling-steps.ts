import type { ControlSteps } from '../ports/control.ts';
import { type RunHead, recordsAlong, type ToldEnd } from '../ports/loaded-run.ts';
import { eachOutput, type RunSteps, type Settlement } from '../ports/settling.ts';
import type { RunStorage } from '../ports/storage.ts';

/** Hears of steps. */
export interface Told {
  /** True if somebody waits for the run's end: the step that brings it tells it. */
  isAwaited(runId: string): boolean;
  /** Called after a step, whether or not it has changed anything that watchers see. */
  told(runId: string, hasEnded: boolean, end?: ToldEnd): void;
}

/**
 * The same storage, which tells of every run that one of its steps may have changed.
 * @param touched called after the step if it may have set an instant at which something is due
 */
export function tellingSteps(storage: RunStorage, news: Told, touched: (runId: string) => void): RunStorage {
  const touching = async <T>(runId: string, step: Promise<T>): Promise<T> => {
    const result = await step;
    touched(runId);
    return result;
  };
  const telling = async <T>(runId: string, step: Promise<T>): Promise<T> => {
    const result = await touching(runId, step);
    news.told(runId, false);
    return result;
  };
  // All steps by name, so that a new one does not compile before it is said here what is told of it.
  const steps: RunSteps & ControlSteps = {
    async commit(turn) {
      const settlements = turn.settlements?.map((settlement) => askingForEnd(settlement, news));
      const result = await storage.commit({ ...turn, ...(settlements && { settlements }) });
      for (const { runId } of turn.newRuns ?? []) touched(runId);
      for (const { run } of turn.settlements ?? []) touched(run.runId);
      for (const { places } of turn.claims ?? []) for (const { run } of places) touched(run.runId);
      result.settled.forEach((settled, i) => {
        if (settled.kind !== 'committed') return;
        const settlement = settlements![i]!;
        const end = settled.end && toldEnd(settlement, settled.end);
        news.told(settlement.run.runId, settled.hasEnded, end);
      });
      for (const claim of result.claimed) {
        if (claim.kind === 'claimed') for (const { run } of claim.states) news.told(run.runId, false);
      }
      return result;
    },
    expand: (run, ...more) => telling(run.runId, storage.expand(run, ...more)),
    decide: (run, ...more) => telling(run.runId, storage.decide(run, ...more)),
    markCancelled: (run, ...more) => telling(run.runId, storage.markCancelled(run, ...more)),
    pause: (run, ...more) => telling(run.runId, storage.pause(run, ...more)),
    resume: (run, ...more) => telling(run.runId, storage.resume(run, ...more)),
    unpark: (run) => touching(run.runId, storage.unpark(run)),
    cancelled: (run, ...more) => telling(run.runId, storage.cancelled(run, ...more)),
    retry: (run, ...more) => telling(run.runId, storage.retry(run, ...more)),
    takeBack: (run, ...more) => telling(run.runId, storage.takeBack(run, ...more)),
    supersede: (runId, ...more) => telling(runId, storage.supersede(runId, ...more)),
    // Nobody who waits for a run sees what these change.
    stage: (...given) => storage.stage(...given),
    promote: (...given) => storage.promote(...given),
    hasten: (runId, ...more) => touching(runId, storage.hasten(runId, ...more)),
    retire: (...given) => storage.retire(...given),
  };
  return { ...storage, ...steps };
}

function askingForEnd(settlement: Settlement, news: Told): Settlement {
  const { run } = settlement;
  return news.isAwaited(run.runId) ? { ...settlement, recordsAtEnd: recordsAlong(run) } : settlement;
}

function toldEnd({ run, reports }: Settlement, head: RunHead): ToldEnd {
  const outputs = new Map<string, string>();
  for (const report of reports) {
    eachOutput(report, (owner, output, json) => outputs.set(`${owner}.${output}`, json));
  }
  return { run, head, outputs };
}
