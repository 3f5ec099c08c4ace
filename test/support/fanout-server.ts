/** `fanout-server`, which `npm start` runs, from its sources. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RunningProcess, root, startProcess } from '../../scripts/processes.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const program = join(root, 'services/state-manager/fanout-server.ts');

/** Starts it in a folder, on a free port unless `env` says otherwise. */
export function startFanoutServer(
  folder: string,
  { flags = [], env = {} }: { flags?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<RunningProcess> {
  return startProcess({
    name: 'fanout-server',
    command: process.execPath,
    arguments: ['--import', tsx, program, ...flags],
    cwd: folder,
    env: { FANOUT_LISTEN: '127.0.0.1:0', TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'), ...env },
  });
}
