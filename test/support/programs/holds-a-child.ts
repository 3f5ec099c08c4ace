/** A program with a child that would run for an hour: prints the child's id; `fail` makes it throw. */
import { startProcess, stopProcessesOnExit } from '../../../scripts/processes.ts';

stopProcessesOnExit();
const child = await startProcess({ name: 'sleep', command: 'sleep', arguments: ['3600'] });
console.log(child.pid);
if (process.argv[2] === 'fail') throw new Error('this is wrong, do that');
