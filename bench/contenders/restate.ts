/** Restate: a server with its own storage, one process of services. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startProcess } from '../../scripts/processes.ts';
import { CommandedProcess } from '../harness/commands.ts';
import type { Contender, ContenderKind } from './contender.ts';
import { peerFolder, startPeer, versionOf } from './peer-folder.ts';

const server = `node_modules/@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`;
const patienceMs = 60_000;

async function freeAddress(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return `127.0.0.1:${port}`;
}

/** Tells the server of the services, as soon as it is there. */
async function register(admin: string, worker: string): Promise<void> {
  const body = JSON.stringify({ uri: worker });
  const headers = { 'content-type': 'application/json' };
  for (const startedAt = performance.now(); performance.now() - startedAt < patienceMs; await delay(100)) {
    const response = await fetch(`http://${admin}/deployments`, { method: 'POST', headers, body }).catch(
      () => undefined,
    );
    if (response?.ok) return;
  }
  throw new Error(`the Restate server at ${admin} takes no deployment`);
}

async function start(folder: string): Promise<Contender> {
  const [ingress, admin, node] = [await freeAddress(), await freeAddress(), await freeAddress()];
  const running = await startProcess({
    name: 'restate-server',
    command: join(peerFolder, server),
    arguments: ['--no-logo', '--base-dir', folder],
    env: {
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_BIND_ADDRESS: node,
      RESTATE_INGRESS__BIND_ADDRESS: ingress,
      RESTATE_ADMIN__BIND_ADDRESS: admin,
      RESTATE_DISABLE_TELEMETRY: 'true',
      // Redis syncs its file once in a second, so nobody waits for the disk.
      RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: 'true',
      RESTATE_LOG_FILTER: 'warn',
    },
  });
  const worker = await startPeer('worker of Restate', 'restate/worker.mjs', []);
  const { port } = await worker.waitForLine((line) =>
    line.startsWith('{"port"') ? (JSON.parse(line) as { port: number }) : undefined,
  );
  await register(admin, `http://127.0.0.1:${port}`);
  const client = await CommandedProcess.over(
    await startPeer('client of Restate', 'restate/client.mjs', [`http://${ingress}`]),
  );
  const parts = { server: running.pid, runtime: worker.pid, client: client.process.pid };
  return { name: 'restate', client, parts };
}

export const restate = (): ContenderKind => ({
  name: 'restate',
  description:
    `Restate ${versionOf('@restatedev/restate-server')}, SDK ${versionOf('@restatedev/restate-sdk')}: ` +
    'fan-out by service calls, chains by ctx.run, no fsync before an answer',
  start,
});
