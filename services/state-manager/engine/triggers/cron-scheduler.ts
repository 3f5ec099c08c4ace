import { lateAfterMs, slotsToStart } from '../../domain/graph/triggers.ts';
import { FanoutError, isPassing } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import { Slice } from '../../take-turns.ts';
import type { Control } from '../control/control.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunStarter } from '../ports/settling.ts';
import type { CronClock, RecordedSlot, Schedule, TriggerStorage } from '../ports/triggers.ts';
import { cronTriggersById } from './ids.ts';
import { Backoffs, retryDelay } from './retry-later.ts';
import { runIdOfSlot, slotsOf } from './schedule-slots.ts';
import { type FoundTrigger, startOfSlot, startTriggered } from './start-triggered.ts';

const intervalMs = 500;
const slotsPerRound = 200;

interface Parts {
  readonly storage: { readonly runs: RunReader; readonly triggers: TriggerStorage };
  readonly starter: RunStarter;
  readonly runs: LoadedRuns;
  readonly control: Control;
  readonly clock: CronClock;
  readonly log: Log;
}

/**
 * Starts runs at the slots of cron triggers: a slot that has come is recorded, then gets its run, then is cleared.
 * Any state manager takes any of these steps, also after another one; none is taken twice with effect.
 */
export function cronScheduler(parts: Parts): Loop {
  const slots = new Slots(parts);
  return new Loop('cron_scheduler', intervalMs, parts.log, async () => {
    // Slots that are recorded get their runs whatever is wrong with a schedule.
    await settleAll([slots.record(), slots.start()]);
  });
}

/** The slots of all schedules: those that have come, and those that are recorded. */
class Slots {
  readonly #storage: Parts['storage'];
  readonly #starter: RunStarter;
  readonly #runs: LoadedRuns;
  readonly #control: Control;
  readonly #clock: CronClock;
  readonly #log: Log;
  readonly #broken = new Backoffs();

  constructor({ storage, starter, runs, control, clock, log }: Parts) {
    this.#storage = storage;
    this.#starter = starter;
    this.#runs = runs;
    this.#control = control;
    this.#clock = clock;
    this.#log = log;
  }

  async record(): Promise<void> {
    const broken = this.#broken;
    const atMost = slotsPerRound + broken.size;
    const { now, schedules } = await this.#storage.triggers.dueSchedules(atMost);
    const slice = new Slice();
    const due = new Map(schedules.map((one) => [keyOf(one.schedule), one]));
    broken.keepOnly(new Set(due.keys()));
    await settleAll(
      [...due].map(async ([key, { schedule, startAt }]) => {
        if (!broken.isDue(key)) return;
        try {
          await this.#recordOne(schedule, startAt, now, slice);
          broken.succeeded(key);
        } catch (error) {
          if (isPassing(error)) throw error;
          const { namespace, graphName } = schedule;
          const delayMs = broken.failed(key);
          this.#log.warn({ event: 'schedule_postponed', namespace, graphName, delayMs, error });
        }
      }),
    );
  }

  async #recordOne(schedule: Schedule, startAt: number, now: number, slice: Slice): Promise<void> {
    const { namespace, graphName } = schedule;
    const newest = await this.#runs.newest(namespace, graphName);
    if (!newest) return this.#storage.triggers.dropTriggers(namespace, graphName);
    const { version, graph } = newest;
    const trigger = cronTriggersById(graph.triggers).get(schedule.trigger);
    // A new version has just taken its place.
    if (!trigger) return;
    // A clock is asked thousands of times for a schedule that comes back from far: others are not to wait for all of them.
    while (slice.isOver) await slice.next();
    const times = slotsOf(this.#clock, schedule, trigger);
    const firstAt = times.slotOf(startAt);
    const slots = slotsToStart(trigger.catchUp, times, firstAt, now);
    const missed = slots.length > 0 ? [] : slotsToStart('LAST', times, firstAt, now);
    const nextAt = times.nextStart(now);
    await this.#storage.triggers.recordSlots(schedule, {
      ...{ version, startAt, slots, missedAt: missed[0], nextAt },
    });
  }

  async start(): Promise<void> {
    const bySchedule = new Map<string, RecordedSlot[]>();
    for (const slot of await this.#storage.triggers.recordedSlots(slotsPerRound)) {
      const key = keyOf(slot);
      bySchedule.set(key, [...(bySchedule.get(key) ?? []), slot]);
    }
    await settleAll([...bySchedule.values()].map((slots) => this.#startInOrder(slots)));
  }

  /** Slots of one schedule go one after the other: the run of each decides whether the next one overlaps. */
  async #startInOrder(slots: readonly RecordedSlot[]): Promise<void> {
    for (const slot of slots) {
      try {
        if (!(await this.#startOne(slot))) return;
      } catch (error) {
        if (isPassing(error)) throw error;
        await this.#postpone(slot, error);
      }
    }
  }

  /** Lets a slot that cannot be started wait, so that it keeps no other; in the end it is given up. */
  async #postpone(slot: RecordedSlot, error: unknown): Promise<void> {
    const { namespace, graphName, slotAt } = slot;
    const count = (slot.tries ?? 0) + 1;
    const runId = runIdOfSlot(slot, slotAt);
    const delayMs = retryDelay(count);
    if (delayMs === undefined) {
      await this.#storage.triggers.refuseSlot(slot);
      const detail = `no run was started at ${new Date(slotAt).toISOString()}: trigger one by hand`;
      this.#log.error({ event: 'slot_given_up', namespace, graphName, runId, count, detail, error });
    } else {
      await this.#storage.triggers.postponeSlot(slot, delayMs);
      this.#log.warn({ event: 'slot_postponed', namespace, graphName, runId, count, delayMs, error });
    }
  }

  /** False: another state manager is at work on this schedule. */
  async #startOne(slot: RecordedSlot): Promise<boolean> {
    const { triggers } = this.#storage;
    const { namespace, graphName } = slot;
    const found = (await this.#triggerIn(slot, slot.version)) ?? (await this.#triggerInNewest(slot));
    if (!found) {
      await triggers.clearSlot(slot);
      return true;
    }
    const { trigger } = found;
    const runId = runIdOfSlot(slot, slot.slotAt);
    const { mark, runId: lastRunId } = await triggers.lastStarted(slot);
    const isSkipped = trigger.overlap === 'SKIP' && lastRunId !== runId && (await this.#isRunning(lastRunId));
    const lateAfter = slotsOf(this.#clock, slot, trigger).startOf(slot.slotAt) + lateAfterMs;
    const wanted = isSkipped ? 'SKIP' : 'START';
    const decision = await triggers.decideSlot(slot, { runId, wanted, mark, lateAfter });
    if (decision.kind === 'moved') return false;
    if (decision.kind === 'skipped') this.#log.info({ event: 'slot_skipped', namespace, graphName, runId });
    if (decision.kind !== 'start') return true;
    if (trigger.overlap === 'CANCEL_RUNNING') await this.#cancel(decision.runBefore);
    const hasRun = await this.#begin(slot, found).catch(async (error: unknown) => {
      if (!isRemoved(error)) throw error;
      const newest = await this.#triggerInNewest(slot);
      return newest ? this.#begin(slot, newest) : false;
    });
    if (hasRun) await triggers.clearSlot(slot);
    else await triggers.refuseSlot(slot);
    return true;
  }

  #begin(slot: RecordedSlot, found: FoundTrigger): Promise<boolean> {
    const parts = { starter: this.#starter, runs: this.#runs, log: this.#log };
    return startTriggered(parts, startOfSlot(slot, slot.slotAt, found));
  }

  /** The slot's trigger in a version of its graph; undefined: the version is removed, or has no such trigger. */
  async #triggerIn(
    { namespace, graphName, trigger: id }: RecordedSlot,
    graphVersion: number,
  ): Promise<FoundTrigger | undefined> {
    try {
      const graph = await this.#runs.graphOf({ namespace, graphName, graphVersion });
      const trigger = cronTriggersById(graph.triggers).get(id);
      return trigger && { trigger, graphVersion };
    } catch (error) {
      if (isRemoved(error)) return undefined;
      throw error;
    }
  }

  /** The same in the newest version: where that of the slot was removed while it waited. Undefined: the graph is deleted. */
  async #triggerInNewest(slot: RecordedSlot): Promise<FoundTrigger | undefined> {
    const newest = await this.#runs.newest(slot.namespace, slot.graphName);
    return newest && this.#triggerIn(slot, newest.version);
  }

  /** Again after a crash in between: what has ended, or is cancelled already, stays as it is. */
  async #cancel(runId: string | undefined): Promise<void> {
    const run = runId === undefined ? undefined : await this.#runs.one(runId);
    if (run) await this.#control.cancel(run, { runId: run.runId }, 'the next slot of its trigger has come');
  }

  async #isRunning(runId: string | undefined): Promise<boolean> {
    const run = runId === undefined ? undefined : await this.#storage.runs.view(runId);
    return run !== undefined && run.endedAt === undefined;
  }
}

/** True if a version of a graph is not there any more, or about to go. */
function isRemoved(error: unknown): boolean {
  return error instanceof FanoutError && error.reason === 'GRAPH_NOT_FOUND';
}

function keyOf({ namespace, graphName, trigger }: Schedule): string {
  return `${namespace}:${graphName}:${trigger}`;
}

/** Waits for all of them. @throws the first error, once all have ended: one that fails does not keep the others. */
async function settleAll(steps: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(steps)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
