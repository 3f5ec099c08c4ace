/** Celery: one Redis as broker and for results, one worker. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../../scripts/processes.ts';
import { startRedis } from '../../services/state-manager/processes/start-redis.ts';
import { CommandedProcess } from '../harness/commands.ts';
import type { Contender, ContenderKind } from './contender.ts';
import { peerFolder, pythonFolder } from './peer-folder.ts';

const python = join(pythonFolder, 'bin/python');
const concurrency = availableParallelism();

async function start(folder: string): Promise<Contender> {
  const redis = await startRedis({ folder, appendOnly: true });
  const shared = {
    cwd: join(peerFolder, 'celery'),
    command: python,
    env: { BENCH_REDIS_URL: redis.url, PYTHONDONTWRITEBYTECODE: '1' },
  };
  const options = ['--loglevel=INFO', `--concurrency=${concurrency}`, '--without-gossip', '--without-mingle'];
  const worker = await startProcess({
    ...shared,
    name: 'worker of Celery',
    arguments: ['-m', 'celery', '--app=app', '--quiet', 'worker', ...options, '--without-heartbeat'],
  });
  await worker.waitForLine((line) => line.includes(' ready.') || undefined);
  const process = await startProcess({ ...shared, name: 'client of Celery', arguments: ['client.py'] });
  const client = await CommandedProcess.over(process);
  return {
    name: 'celery',
    client,
    parts: { redis: redis.process.pid, runtime: worker.pid, client: process.pid },
  };
}

export const celery = (): ContenderKind => {
  const version = execFileSync(
    python,
    ['-c', 'import sys, celery; print(celery.__version__, sys.version.split()[0])'],
    {
      encoding: 'utf8',
    },
  );
  const [celeryVersion, pythonVersion] = version.trim().split(' ');
  return {
    name: 'celery',
    description:
      `Celery ${celeryVersion}, Python ${pythonVersion}: prefork with ${concurrency} processes, ` +
      'prefetch multiplier 128, JSON, chords',
    start,
  };
};
