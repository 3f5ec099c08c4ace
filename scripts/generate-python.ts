/** `npm run generate:python`: writes the messages of the Python runtime, from the .proto files. */
import { execFileSync } from 'node:child_process';
import { preparePython, pythonFolder } from './python.ts';

const { python, missing } = preparePython();
if (python === undefined) throw new Error(`the messages of the Python runtime are not written: ${missing}`);
execFileSync(python, ['generate.py'], { cwd: pythonFolder, stdio: 'inherit' });
