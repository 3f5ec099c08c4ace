/** Views that nodes of a Redis Cluster have of slots, and which of them is believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'ioredis';
import { isOfCluster, readRedirection } from '../../../services/state-manager/storage/cluster/redirection.ts';
import {
  keyOf,
  newestView,
  readView,
  SlotMap,
  slotOf,
  slots,
} from '../../../services/state-manager/storage/cluster/slot-map.ts';

const info = (state: string, epoch: number) =>
  `cluster_enabled:1\r\ncluster_state:${state}\r\ncluster_current_epoch:${epoch}\r\ncluster_my_epoch:1\r\n`;

test('a view has the master of each slot and the replicas; a node without a host is where the answer came from', () => {
  const rows = [
    [0, 5, ['10.0.0.1', 1, 'id', []], ['10.0.0.4', 4, 'id', []]],
    [6, slots - 1, ['', 2, 'id', []], [null, 5, 'id', []], ['?', 6, 'id', []]],
  ];
  const view = readView(rows, info('ok', 7), '::1');
  assert.deepEqual([view.isOk, view.epoch], [true, 7]);
  assert.deepEqual(
    [0, 5, 6, slots - 1].map((slot) => view.masters[slot]),
    ['10.0.0.1:1', '10.0.0.1:1', '::1:2', '::1:2'],
  );
  assert.deepEqual(view.replicas, ['10.0.0.4:4', '::1:5', '::1:6']);
});

test('the newest view counts, and none of a node that counts the Cluster as failed', () => {
  const [old, cutOff, newest] = [
    readView([[0, 0, ['a', 1]]], info('ok', 3), ''),
    readView([[0, 0, ['b', 1]]], info('fail', 9), ''),
    readView([[0, 0, ['c', 1]]], info('ok', 5), ''),
  ];
  assert.equal(newestView([old, cutOff, newest]), newest);
  assert.equal(newestView([cutOff]), undefined);
  const map = new SlotMap();
  map.adopt(newest);
  map.move(1, 'd:1');
  assert.deepEqual([map.masterOf(0), map.masterOf(1), map.masterOf(2)], ['c:1', 'd:1', undefined]);
  assert.deepEqual([...map.masters], ['c:1', 'd:1']);
});

test('redirections are read, with IPv6 and without a host, and nothing else is one', () => {
  const read = (message: string) => readRedirection(new Error(message), '10.0.0.1:1');
  assert.deepEqual(read('MOVED 3999 127.0.0.1:6381'), { slot: 3999, node: '127.0.0.1:6381', isAsk: false });
  assert.deepEqual(read('ASK 1 ::1:6381'), { slot: 1, node: '::1:6381', isAsk: true });
  assert.deepEqual(read('MOVED 1 :6381'), { slot: 1, node: '10.0.0.1:6381', isAsk: false });
  for (const message of ['TRYAGAIN Multiple keys', 'ERR MOVED 1 a:1', 'MOVED'])
    assert.equal(read(message), undefined);
  assert.equal(isOfCluster(new Error('CLUSTERDOWN Hash slot not served')), true);
  assert.equal(isOfCluster(new Error('NOSCRIPT')), false);
});

test('a command belongs to the slot of its first key, and some have none', () => {
  const key = (name: string, ...args: (string | number)[]) => keyOf(new Command(name, args));
  assert.equal(key('hget', '{a}:x', 'f'), '{a}:x');
  assert.equal(key('EVALSHA', 'sha', 2, '{a}:x', '{a}:y', 'arg'), '{a}:x');
  for (const [name, ...args] of [
    ['time'],
    ['ping'],
    ['publish', 'c', 'm'],
    ['evalsha', 'sha', 0, 'arg'],
  ] as const)
    assert.equal(key(name, ...args), undefined, name);
  assert.equal(slotOf('{a}:x'), slotOf('{a}:y'));
  assert.equal(slotOf('{fanout.catalog}:x'), new Command('get', ['fanout.catalog']).getSlot());
});
