import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ConnectResponse } from '@fanout/proto';
import type { DownFrame } from '../../../services/state-manager/domain/model/stream.ts';
import { encodeDownFrame } from '../../../services/state-manager/transport/codec/down-frames.ts';
import { createOutlet, type StreamOutlet } from '../../../services/state-manager/transport/outlet.ts';

const maxFrameBytes = 65_536;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** An outlet into a stream whose reader takes one message at a time, when it is asked to. */
function openOutlet(): {
  outlet: StreamOutlet<ConnectResponse>;
  taken: ConnectResponse[];
  send(frame: DownFrame): void;
  read(): Promise<void>;
} {
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
  const outlet = createOutlet<ConnectResponse>(stream, {
    maxFrameBytes,
    stalled: () => assert.fail('the reader is slow, and reads'),
    endingOf: () => assert.fail('nothing ends the stream'),
    onOversize: () => assert.fail('nothing is too large'),
    onFlow: () => {},
    onEnd: () => {},
  });
  const read = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const send = (frame: DownFrame): void => outlet.send(encodeDownFrame(frame, maxFrameBytes));
  return { outlet, taken, send, read };
}

test('what a slow reader has taken is forgotten, although it never catches up', async () => {
  const { outlet, taken, send, read } = openOutlet();
  const reason = 'x'.repeat(8_000);
  let nonce = 0;
  const sendOne = (): void => send({ kind: 'drain', reason, graceMs: nonce++ });
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
  const { outlet, send } = openOutlet();
  for (let nonce = 0; nonce < 5_000 && !outlet.isFull; nonce++) send({ kind: 'pong', nonce });
  assert.ok(outlet.isFull, '5,000 messages wait');
});
