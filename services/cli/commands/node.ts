/** `fanout node list` and `fanout runtime list`: the code that there is, and who hosts it now. */
import type { Command } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { formatAgo, formatCount } from '../terminal/format.ts';
import { drawTable } from '../terminal/table.ts';

export function addNodeCommands(program: Command): void {
  const node = program.command('node').description('nodes that runtimes have offered');
  node
    .command('list')
    .description('list nodes, with the runtimes that offer them now')
    .action(withClient(listNodes));
  const runtime = program.command('runtime').description('runtimes that are connected');
  runtime
    .command('list')
    .description('list runtimes, their places and their nodes')
    .action(withClient(listRuntimes));
}

async function listNodes({ client, output }: Call): Outcome {
  const runtimes = await client.runtimes();
  const offers = new Map<string, number>();
  for (const name of runtimes.flatMap(({ nodeNames }) => nodeNames))
    offers.set(name, (offers.get(name) ?? 0) + 1);
  const rows: string[][] = [];
  for await (const node of client.nodes()) {
    const runtimeCount = offers.get(node.name) ?? 0;
    if (output.isJson) output.show({ ...node, runtimeCount }, () => []);
    else
      rows.push([
        node.name,
        runtimeCount === 0 ? 'none' : formatCount(runtimeCount),
        formatAgo(node.registeredAt),
        node.description,
      ]);
  }
  if (rows.length === 0)
    return output.tell('no nodes: a runtime that connects registers those that it offers');
  const columns = [
    { title: 'NODE' },
    { title: 'RUNTIMES', side: 'right' },
    { title: 'REGISTERED' },
    { title: 'DESCRIPTION' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}

async function listRuntimes({ client, output }: Call): Outcome {
  const runtimes = await client.runtimes();
  if (output.isJson) for (const runtime of runtimes) output.show(runtime, () => []);
  if (runtimes.length === 0)
    return output.tell(
      'no runtime is connected to this namespace: start a program that hosts nodes; "fanout init" makes one',
    );
  const rows = runtimes.map(
    ({ name, language, sessionId, capacity, inFlight, connectedAt, isDraining, nodeNames }) => [
      name || sessionId,
      language,
      `${formatCount(inFlight)} of ${formatCount(capacity.total)}`,
      isDraining ? 'draining' : formatAgo(connectedAt),
      nodeNames.join(', '),
    ],
  );
  const columns = [
    { title: 'RUNTIME' },
    { title: 'LANGUAGE' },
    { title: 'PLACES TAKEN', side: 'right' },
    { title: 'CONNECTED' },
    { title: 'NODES' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}
