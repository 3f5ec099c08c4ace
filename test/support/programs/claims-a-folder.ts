/** A program that claims a folder, prints what came of it, and keeps the claim for an hour; `as-nobody` drops the rights of root. */
import { setTimeout as delay } from 'node:timers/promises';
import { claimFolder } from '../../../services/state-manager/processes/claim-folder.ts';
import { dropRights } from './drop-rights.ts';

const [folder = '', ...flags] = process.argv.slice(2);
if (flags.includes('as-nobody')) dropRights();
try {
  const isClaimed = await claimFolder(folder);
  console.log(isClaimed ? 'claimed' : 'taken');
  if (isClaimed) await delay(3_600_000);
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code);
}
