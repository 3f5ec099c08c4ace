/** A program that starts a Redis of its own in a folder, and prints why it cannot; `as-nobody` drops the rights of root. */
import { stopProcesses } from '../../../scripts/processes.ts';
import { startOwnRedis } from '../../../services/state-manager/own-redis.ts';
import { dropRights } from './drop-rights.ts';

const [folder = '', ...flags] = process.argv.slice(2);
process.chdir(folder);
if (flags.includes('as-nobody')) dropRights();
try {
  await startOwnRedis();
  console.log('started');
  await stopProcesses();
} catch (error) {
  console.log((error as Error).message);
}
