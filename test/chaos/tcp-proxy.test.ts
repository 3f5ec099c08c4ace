import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let server: Server;
let target: string;
let received = '';
const ends: Socket[] = [];

before(async () => {
  server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    socket.on('error', () => {});
    ends.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  received = '';
});
after(() => {
  for (const socket of ends) socket.destroy();
  server.close();
});

async function connected(proxy: TcpProxy): Promise<Socket> {
  const [host, port] = proxy.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Waits for the end of a connection, also with an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Writes `0,1,2,…`, a few numbers in each turn of the loop. @returns all of it */
async function writeNumbers(
  socket: Socket,
  count: number,
  between: (number: number) => void,
): Promise<string> {
  let text = '';
  for (let number = 0; number < count; number++) {
    between(number);
    socket.write(`${number},`);
    text += `${number},`;
    if (number % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return text;
}

test('bytes keep their order, however their delay changes', async (t) => {
  const proxy = await startTcpProxy(target);
  t.after(() => proxy.stop());
  const socket = await connected(proxy);
  const written = await writeNumbers(socket, 2_000, (number) => {
    if (number % 100 === 0) proxy.delay((number / 100) % 3 === 0 ? 0 : 7.3);
    if (number === 1_000) proxy.throttle(1_000_000);
    if (number === 1_500) proxy.heal();
  });
  await eventually(() => received.length === written.length);
  assert.equal(received, written);
  assert.ok(proxy.held > 0, 'something was late');
});

test('a connection that has bytes missing is reset when the network heals, and another one is not', async (t) => {
  const proxy = await startTcpProxy(target);
  t.after(() => proxy.stop());
  const [broken, whole] = [await connected(proxy), await connected(proxy)];
  proxy.swallow('up');
  broken.write('lost');
  await eventually(() => proxy.swallowed === 4);
  proxy.heal();
  await closed(broken);
  whole.write('there');
  await eventually(() => received === 'there');
});

test('a new connection goes to where the target is then', async (t) => {
  let to = '127.0.0.1:1';
  const proxy = await startTcpProxy(() => to);
  t.after(() => proxy.stop());
  const nowhere = await connected(proxy);
  await closed(nowhere);
  to = target;
  (await connected(proxy)).write('here');
  await eventually(() => received === 'here');
});
