import { readFileSync } from 'node:fs';
import { stopProcessesOnExit } from '../../../scripts/processes.ts';
import { startAbused } from '../abused-system.ts';
import { caseOf } from './cases.ts';
import { Lane, Notes } from './lane.ts';

stopProcessesOnExit();
process.env.FANOUT_STATE_MANAGER = 'node services/state-manager/dist/main.js';
const [seed, from, to] = process.argv.slice(2).map(Number);
const system = await startAbused({ FANOUT_RETENTION_MS: '10000', FANOUT_QUOTA_BYTES: '2000000000' });
const notes = new Notes();
const target = {
  address: system.stateManager.address,
  client: system.attacker,
  clientToken: system.attackerClientToken,
  runtimeToken: system.attackerRuntimeToken,
};
const lane = new Lane(1, target, notes);
const cpu = () =>
  readFileSync(`/proc/${system.stateManager.pid}/task/${system.stateManager.pid}/schedstat`, 'utf8')
    .split(' ')
    .map((n) => Number(n) / 1e6);
for (let n = from!; n < to!; n++) {
  const g0 = performance.now();
  const c = caseOf(seed!, n);
  const gen = performance.now() - g0;
  const [c0, w0] = cpu();
  let took = 0;
  const { longestPingMs, longestTurnMs, grownBytes, seen } = await system.during(async () => {
    const t = performance.now();
    await c.play(lane).catch((e) => console.log('threw', e.message));
    took = performance.now() - t;
  });
  const [c1, w1] = cpu();
  const mark = longestTurnMs > 60 ? ' <<<' : '';
  console.log(
    `${n} ${c.kind.padEnd(18)} gen ${gen.toFixed(0)} took ${took.toFixed(0)} ping ${longestPingMs.toFixed(0)} TURN ${longestTurnMs.toFixed(0)} smcpu ${(c1! - c0!).toFixed(0)} smwait ${(w1! - w0!).toFixed(0)} grown ${(grownBytes / 1e6).toFixed(0)}${mark} ${seen.errors} ${notes.faults.splice(0)}`,
  );
}
console.log(
  system.stateManager
    .events()
    .filter(({ level }) => level === 'error' || level === 'warn')
    .slice(0, 20)
    .map((e) => JSON.stringify(e).slice(0, 300))
    .join('\n'),
);
await system.stop();
