/**
 * `npm run abuse -- [--seed S] [--minutes M] [--lanes N] [--cases N,…] [--show N]`: hostile input at full rate for so long, or only
 * some cases of a seed; `--show` prints what a case sends, and plays nothing. Ends with 1 if anything was as it must not be.
 */
import { parseArgs } from 'node:util';
import { installRedis } from '../../../scripts/install-redis.ts';
import { buildChanged, dropSettings, stopProcessesOnExit } from '../../../scripts/processes.ts';
import { runAbuse } from './abuse.ts';
import { caseOf } from './cases.ts';
import { describeReport } from './report.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '2' },
    lanes: { type: 'string', default: '4' },
    cases: { type: 'string' },
    show: { type: 'string' },
  },
});
const [seed, minutes, lanes] = [values.seed, values.minutes, values.lanes].map(Number);
if (!(Number.isInteger(seed) && minutes! > 0 && lanes! > 0))
  throw new Error('--seed is a whole number, --minutes and --lanes are numbers above 0');
const numbers = values.cases?.split(',').map(Number);

if (values.show === undefined) await play();
else console.log(JSON.stringify(caseOf(seed!, Number(values.show)), undefined, 2));

async function play(): Promise<void> {
  stopProcessesOnExit();
  dropSettings();
  installRedis();
  await buildChanged();
  process.env.FANOUT_STATE_MANAGER = 'node services/state-manager/dist/main.js';
  console.log(`seed ${seed}: ${numbers ? `cases ${numbers}` : `${minutes} minutes`} in ${lanes} lanes`);
  const report = await runAbuse({
    ...{ seed: seed!, attackMs: minutes! * 60_000, lanes: lanes! },
    ...(numbers && { numbers }),
    say: (line) => console.log(line),
  });
  console.log(describeReport(report).join('\n'));
  const isGood = report.violations.length === 0;
  if (!isGood)
    console.log(
      `again: npm run abuse -- --seed ${seed} --minutes ${minutes}, with --cases N,… for some of them alone`,
    );
  process.exitCode = isGood ? 0 : 1;
}
