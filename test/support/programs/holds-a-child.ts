/**
 * A program with a child that would run for an hour: prints the child's id. `wrapped` has a shell between the two; `fail`
 * makes it throw.
 */
import { startProcess, stopProcessesOnExit } from '../../../scripts/processes.ts';

const [how] = process.argv.slice(2);
const command = how === 'wrapped' ? 'sleep 3600 & echo $!; wait' : 'echo $$; exec sleep 3600';
stopProcessesOnExit();
const child = await startProcess({ name: 'sleep', command: 'sh', arguments: ['-c', command] });
console.log(await child.waitForLine((line) => line));
if (how === 'fail') throw new Error('this is wrong, do that');
