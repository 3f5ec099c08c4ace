/** Steps of a scenario: each waits for an event, and then does something. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import type { Caller } from './caller.ts';
import type { Observation } from './observation.ts';
import type { Action, Scenario, ScenarioEvent } from './scenario.ts';
import type { Servers } from './servers.ts';

/** A scenario that goes on. */
export interface Stage {
  readonly servers: Servers;
  readonly observation: Observation;
  /** Calls the state manager that is there now. */
  caller(): Caller;
  readonly runId: string;
  /** Folder of the gates. */
  readonly gates: string;
}

/** Longest that a step waits for its event. */
const eventMs = 45_000;

/** @throws Error an event does not come, with the step */
export async function makeSteps(steps: Scenario['steps'], stage: Stage): Promise<void> {
  for (const [index, { when, do: actions }] of steps.entries()) {
    const what = `step ${index}, when ${JSON.stringify(when)}`;
    await eventually(() => hasHappened(when, stage), { timeoutMs: eventMs }).catch((cause: unknown) => {
      throw new Error(`${what}: it has not happened in ${eventMs} ms`, { cause });
    });
    for (const action of actions) await act(action, stage);
  }
}

async function hasHappened(event: ScenarioEvent, stage: Stage): Promise<boolean> {
  const { observation, servers, runId } = stage;
  if ('said' in event) {
    const { said: text, by, identifier, times } = event;
    return observation
      .hosts(by)
      .map(({ name }) => observation.said({ text, by: by && name, identifier }).length)
      .every((count) => count >= times);
  }
  if ('seen' in event) return observation.items(event.seen).length >= event.times;
  if ('withheld' in event)
    return observation.items({ item: event.withheld }, { withheld: true }).length >= event.times;
  if ('dialled' in event)
    return observation.hosts(event.dialled).every(({ connections }) => connections >= event.times);
  if ('logged' in event) return servers.hasLogged(event.logged);
  if ('exited' in event) return observation.hosts(event.exited).every(({ exit }) => exit !== undefined);
  if ('run' in event) return (await stage.caller().run(runId)).status === `RUN_STATUS_${event.run}`;
  const states = await stage.caller().states(runId, event.identifier);
  return states.filter(({ status }) => status === `STATE_STATUS_${event.status}`).length >= event.count;
}

async function act(action: Action, stage: Stage): Promise<void> {
  const { observation, servers, runId, gates } = stage;
  if ('open' in action) writeFileSync(join(gates, action.open), '');
  else if ('cut' in action) for (const wire of wiresOf(action.cut, stage)) wire.cut();
  else if ('swallow' in action) for (const wire of wiresOf(action.swallow, stage)) wire.swallow();
  else if ('heal' in action) for (const wire of wiresOf(action.heal, stage)) wire.heal();
  else if ('withhold' in action) {
    const { from, item } = action.withhold;
    for (const wire of wiresOf(from, stage)) wire.withhold(item);
  } else if ('repeat' in action) {
    const { from, item } = action.repeat;
    for (const wire of wiresOf(from, stage)) wire.repeat(item);
  } else if ('kill' in action) await Promise.all(observation.hosts(action.kill).map((host) => host.kill()));
  else if ('terminate' in action) for (const host of observation.hosts(action.terminate)) host.terminate();
  else if ('start' in action) await Promise.all(observation.hosts(action.start).map((host) => host.start()));
  else if ('revoke' in action) {
    for (const { tokenId } of observation.hosts(action.revoke)) await stage.caller().revokeToken(tokenId);
  } else if ('state_manager' in action) {
    if (action.state_manager === 'kill') await servers.killStateManager();
    else if (action.state_manager === 'start') await servers.startStateManager();
    else await servers.replaceStateManager();
  } else {
    const { control, identifier } = action;
    const [state] = identifier === undefined ? [] : await stage.caller().states(runId, identifier);
    await stage.caller().control(control, runId, state?.stateId);
  }
}

function wiresOf(host: string, { observation }: Stage) {
  return observation.hosts(host).map(({ name, wire }) => {
    if (!wire) throw new Error(`what host ${name} sends is encrypted: nothing of it can be held back`);
    return wire;
  });
}
