import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ConnectResponse } from '@fanout/proto';
import {
  type ConnectCall,
  createOutlet,
  type StreamOutlet,
} from '../../../services/state-manager/transport/outlet.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** An outlet into a stream whose reader takes one message at a time, when it is asked to. */
function openOutlet(): { outlet: StreamOutlet; taken: ConnectResponse[]; read(): Promise<void> } {
  const taken: ConnectResponse[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Duplex({
    objectMode: true,
    read: () => {},
    write(message: ConnectResponse, _encoding, done) {
      taken.push(message);
      waiting.push(done);
    },
  });
  const outlet = createOutlet(stream as unknown as ConnectCall, {
    maxFrameBytes: 65_536,
    endingOf: () => assert.fail('nothing ends the stream'),
    onOversize: () => assert.fail('nothing is too large'),
    onFlow: () => {},
    onEnd: () => {},
  });
  const read = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { outlet, taken, read };
}

test('what a slow reader has taken is forgotten, although it never catches up', async () => {
  const { outlet, taken, read } = openOutlet();
  const reason = 'x'.repeat(8_000);
  let nonce = 0;
  const sendOne = (): void => outlet.send({ kind: 'drain', reason, graceMs: nonce++ });
  for (let i = 0; i < 200; i++) sendOne();
  const refs: WeakRef<ConnectResponse>[] = [];
  for (let i = 0; i < 4_000; i++) {
    await read();
    for (const message of taken.splice(0)) refs.push(new WeakRef(message));
    sendOne();
  }
  assert.ok(outlet.isFull, 'messages wait all the while');
  collectGarbage();
  const kept = refs.filter((ref) => ref.deref() !== undefined).length;
  assert.ok(kept < 2_000, `${kept} of ${refs.length} messages that were taken are still in memory`);
});

test('messages that are small fill the way down as well', () => {
  const { outlet } = openOutlet();
  for (let nonce = 0; nonce < 5_000 && !outlet.isFull; nonce++) outlet.send({ kind: 'pong', nonce });
  assert.ok(outlet.isFull, '5,000 messages wait');
});
