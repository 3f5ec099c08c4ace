/** Several state managers: which one a runtime prefers, and how it comes back to it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Address, AddressBook, inOrderOf } from '../src/wire/addresses.ts';
import { hostNodes, startPeer } from './hosting.ts';
import { heldNode } from './nodes.ts';
import { assignment, leaseOf } from './peer.ts';

const addressesOf = (count: number): Address[] =>
  Array.from({ length: count }, (_, i) => ({ target: `10.0.0.${i + 1}:7600` }));
const firstOf = (key: string, addresses: readonly Address[]) => inOrderOf(key, addresses)[0]!.target;

describe('an order for each runtime', () => {
  test('has each state manager first equally often', () => {
    const addresses = addressesOf(3);
    const counts = new Map<string, number>();
    for (let key = 0; key < 3_000; key++) {
      const first = firstOf(`runtime ${key}`, addresses);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    for (const { target } of addresses) assert.ok(Math.abs(counts.get(target)! - 1_000) < 150, target);
  });

  test('changes only for those who prefer what comes or goes', () => {
    const [two, three] = [addressesOf(2), addressesOf(3)];
    const newest = three[2]!.target;
    for (let key = 0; key < 1_000; key++) {
      const name = `runtime ${key}`;
      assert.ok([firstOf(name, two), newest].includes(firstOf(name, three)));
    }
  });
});

describe('a name', () => {
  const ipv4 = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }));

  test('with several addresses stands for so many state managers, and is looked up anew', async () => {
    let answer: (() => ReturnType<typeof ipv4>) | undefined = () => ipv4('10.0.0.1', '10.0.0.2');
    const book = new AddressBook(['managers:7600', '10.0.0.2:7600'], async () => answer!());
    const targets = async () => (await book.all()).map(({ target }) => target);
    assert.deepEqual(await book.all(), [
      { target: '10.0.0.1:7600', name: 'managers' },
      { target: '10.0.0.2:7600' },
    ]);
    answer = () => ipv4('10.0.0.3', '10.0.0.4');
    assert.deepEqual(await targets(), ['10.0.0.3:7600', '10.0.0.4:7600', '10.0.0.2:7600']);
    answer = () => {
      throw new Error('nobody can be asked');
    };
    assert.deepEqual(
      await targets(),
      ['10.0.0.3:7600', '10.0.0.4:7600', '10.0.0.2:7600'],
      'what was known counts',
    );
  });

  test('with one address of each family is one state manager; one that is not known is left to the channel', async () => {
    const both = [...ipv4('127.0.0.1'), { address: '::1', family: 6 }];
    assert.deepEqual(await new AddressBook(['localhost:1'], async () => both).all(), [
      { target: 'localhost:1' },
    ]);
    const unknown = new AddressBook(['nobody:1'], () => Promise.reject(new Error('not found')));
    assert.deepEqual(await unknown.all(), [{ target: 'nobody:1' }]);
  });

  test('may stand for IPv6 addresses', async () => {
    const book = new AddressBook(['managers:7600', '[::1]:7600'], async () =>
      ['fd00::1', 'fd00::2'].map((address) => ({ address, family: 6 })),
    );
    assert.deepEqual(
      (await book.all()).map(({ target }) => target),
      ['[fd00::1]:7600', '[fd00::2]:7600', '[::1]:7600'],
    );
  });
});

test('a runtime comes back to the state manager that it prefers, with the session and all that it holds', async (t) => {
  const gone = await startPeer(t);
  gone.stop();
  const other = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], {
    addresses: [gone.address, other.address],
    addressOrder: 'GIVEN',
    returnAfter: '50ms',
  });
  void runtime.start();
  const away = await other.welcome();
  away.assign(assignment('HeldNode', 1));
  await held.waitFor(1);

  const back = await startPeer(t, undefined, undefined, gone.address);
  const { stream, hello } = await back.open();
  assert.equal(hello.sessionId, 'session-1');
  assert.deepEqual((hello.heldLeases ?? []).map(leaseOf), [leaseOf(assignment('HeldNode', 1))]);
  // The state manager hands out anew what is not in the hello.
  away.assign(assignment('HeldNode', 2));
  away.send({ ping: { nonce: 1 } });
  await away.next('pong');
  stream.welcome({ resumed: true });
  await away.ended();
  stream.send({ ping: { nonce: 2 } });
  await stream.next('pong');
  assert.equal(held.begun.length, 1, 'what came too late for the hello is not executed here');
  held.release();
  assert.deepEqual((await stream.reports(1)).map(leaseOf), [leaseOf(assignment('HeldNode', 1))]);
  assert.ok(!held.begun[0]?.signal.aborted);
  assert.equal(other.streamCount, 1);
});

test('a move that is refused changes nothing: what came meanwhile is executed', async (t) => {
  const gone = await startPeer(t);
  gone.stop();
  const other = await startPeer(t);
  const held = heldNode();
  const { runtime } = hostNodes(t, [held.node], {
    addresses: [gone.address, other.address],
    addressOrder: 'GIVEN',
    returnAfter: '50ms',
  });
  void runtime.start();
  const away = await other.welcome();
  const back = await startPeer(t, undefined, undefined, gone.address);
  const { stream } = await back.open();
  away.assign(assignment('HeldNode', 1));
  away.send({ ping: { nonce: 1 } });
  await away.next('pong');
  assert.equal(held.begun.length, 0);
  stream.fail(14, 'SHUTTING_DOWN');
  await held.waitFor(1);
  held.release();
  assert.deepEqual((await away.reports(1)).map(leaseOf), [leaseOf(assignment('HeldNode', 1))]);
  assert.ok(!away.isEnded);
});

test('with several addresses a state manager that is gone costs no pause', async (t) => {
  const gone = await Promise.all(Array.from({ length: 5 }, () => startPeer(t)));
  for (const peer of gone) peer.stop();
  const there = await startPeer(t);
  const { runtime, log } = hostNodes(t, [heldNode().node], {
    addresses: [...gone.map(({ address }) => address), there.address],
    addressOrder: 'GIVEN',
  });
  const started = runtime.start();
  await there.welcome();
  await started;
  // One attempt at each, in one round.
  assert.equal(log.filter(({ event }) => event === 'disconnected').length, 5);
});
