import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NodeDefinition } from '../../../services/state-manager/domain/model/node.ts';
import type { Hello } from '../../../services/state-manager/domain/model/stream.ts';
import { Session } from '../../../services/state-manager/engine/session/session.ts';
import { SharedDefinitions } from '../../../services/state-manager/engine/session/shared-definitions.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A node as it comes from the wire: each time text of its own. */
function definition(name: string, comment: string): NodeDefinition {
  return {
    name,
    inputSchemaJson: Buffer.from(JSON.stringify({ $comment: comment })).toString(),
    outputSchemaJson: '',
    secrets: [],
    iteratorInputs: [],
    openFanOut: false,
    description: '',
  };
}

test('sessions that say the same long hello have it once', () => {
  const shared = new SharedDefinitions();
  const hello: Omit<Hello, 'nodes'> = {
    protocolVersion: 1,
    namespace: 'default',
    runtimeName: 'long',
    language: 'test',
    capacity: { total: 1, perNode: {}, lingering: 0 },
    sessionId: '',
    heldLeases: [],
  };
  const outlet = { send: () => {}, end: () => {} };
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const sessions = Array.from({ length: 20 }, (_, i) => {
    const nodes = Array.from({ length: 14 }, (_unused, j) =>
      shared.share(definition(`Long${j}`, String(j).padEnd(250_000, 'x'))),
    );
    return new Session(`session-${i}`, 'stream', { ...hello, nodes }, outlet);
  });
  collectGarbage();
  const grownBytes = process.memoryUsage().heapUsed - before;
  assert.equal(sessions.length, 20);
  // One hello has 3.5 MB, 20 have 70.
  assert.ok(grownBytes < 8_000_000, `${grownBytes}`);
});

test('definitions that differ in anything are not shared', () => {
  const shared = new SharedDefinitions();
  const first = shared.share(definition('Node', 'a'));
  assert.equal(shared.share(definition('Node', 'a')), first);
  assert.notEqual(shared.share(definition('Node', 'b')), first);
  assert.notEqual(shared.share(definition('Other', 'a')), first);
  assert.notEqual(shared.share({ ...definition('Node', 'a'), openFanOut: true }), first);
});
