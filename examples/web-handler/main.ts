/** Hosts the nodes and a web server, and asks it twice, on a state manager that runs already. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Runtime } from '@fanout/runtime';
import { Add, addUp, Split, Total } from './graph.ts';
import { answerTotal } from './handler.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;

const runtime = new Runtime({ nodes: [Split, Add, Total], address, token });
await runtime.start();
const client = new Client({ address, token });
await client.upsert(addUp);
const server = createServer(answerTotal(client)).listen(0, '127.0.0.1');
await once(server, 'listening');

const { port } = server.address() as AddressInfo;
for (const data of [Array.from({ length: 1_000 }, (_, index) => index), 'none']) {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: JSON.stringify({ data }),
  });
  console.log(response.status, await response.text());
}

server.close();
server.closeAllConnections();
client.close();
await runtime.stop();
