/**
 * `npm run chaos -- [--seed S] [--minutes M] [--faults NAME,…] [--redis KIND] [--width W]`: everything breaks for so long, each kind of
 * fault once before any comes again. Ends with 1 if anything went wrong, or a fault has never hit.
 */
import { parseArgs } from 'node:util';
import '../support/exit-when-done.ts';
import { installRedis } from '../../scripts/install-redis.ts';
import { buildChanged, dropSettings, stopProcessesOnExit } from '../../scripts/processes.ts';
import { runChaos } from './chaos.ts';
import { redisKinds } from './chaos-redis.ts';
import { faultsNamed, faultsOn } from './faults/all-faults.ts';
import { describeReport, voidKinds } from './report.ts';
import { planFaults } from './schedule.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '2' },
    faults: { type: 'string' },
    redis: { type: 'string', default: 'single' },
    width: { type: 'string', default: '20000' },
    quiet: { type: 'boolean', default: false },
  },
});
const [seed, minutes, width] = [values.seed, values.minutes, values.width].map(Number);
if (!(Number.isInteger(seed) && minutes! > 0 && Number.isInteger(width) && width! > 0))
  throw new Error('--seed and --width are whole numbers, and --minutes is a number above 0');
stopProcessesOnExit();
dropSettings();
installRedis();
await buildChanged();
process.env.FANOUT_STATE_MANAGER = 'node services/state-manager/dist/main.js';
const kind = redisKinds.find((each) => each === values.redis);
if (!kind) throw new Error(`--redis is one of ${redisKinds.join(', ')}`);
const faults = values.faults === undefined ? faultsOn(kind) : faultsNamed(values.faults.split(','), kind);
const planned = planFaults(faults, seed!, minutes! * 60_000);
console.log(`seed ${seed}: ${planned.length} faults of ${faults.length} kinds in ${minutes} minutes`);
const report = await runChaos({
  seed: seed!,
  kind,
  planned,
  width: width!,
  ...(!values.quiet && { say: (line: string) => console.log(line) }),
});
const isGood = report.violations.length === 0 && voidKinds(report.strikes).length === 0;
if (!isGood && values.quiet) console.log(report.timeline.join('\n'));
console.log(describeReport(report, planned).join('\n'));
if (!isGood)
  console.log(`again: npm run chaos -- --seed ${seed} --minutes ${minutes} --width ${width} --redis ${kind}`);
process.exitCode = isGood ? 0 : 1;
