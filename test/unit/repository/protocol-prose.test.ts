import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Cancelled } from '@fanout/runtime';
import { status } from '@grpc/grpc-js';
import { root } from '../../../scripts/processes.ts';
import { type ErrorReason, FanoutError } from '../../../services/state-manager/errors.ts';
import { rolesByMethod } from '../../../services/state-manager/transport/authorize.ts';
import { toCallStatus } from '../../../services/state-manager/transport/errors-to-grpc.ts';

const readme = readFileSync(join(root, 'proto/README.md'), 'utf8');
const service = join(root, 'services/state-manager');
const sources = readdirSync(service, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|lua)$/.test(file) && !file.startsWith('dist/'))
  .map((file) => ({ file, text: readFileSync(join(service, file), 'utf8') }));

/** Every group of every match in the files whose name fits. */
function found(pattern: RegExp, file = /./): Set<string> {
  const texts = sources.filter((source) => file.test(source.file)).map(({ text }) => text);
  return new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1]!)));
}

/** The page from a heading to the next one. */
function section(heading: string): string {
  const [, text = ''] = readme.split(`\n## ${heading}\n`);
  return text.split('\n## ')[0]!;
}

function codesIn(text: string): string[] {
  return [...text.matchAll(/`([A-Z][A-Z_]+)`/g)].map((match) => match[1]!);
}

test('the page lists every reason of an error with its status, and each of them is sent', () => {
  const rows = [...section('Errors').matchAll(/^\| `([A-Z_]+)` +\| `([A-Z_]+)` +\|/gm)];
  const reasons = rows.map(([, reason]) => reason!);
  const [errors] = sources.filter(({ file }) => file === 'errors.ts');
  const known = [...errors!.text.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map((match) => match[1]!);
  assert.deepEqual([...reasons].sort(), [...known].sort());
  for (const [, reason, code] of rows) {
    const { code: sent } = toCallStatus(new FanoutError(reason as ErrorReason, 'a sentence'));
    assert.equal(status[sent], code, reason);
  }
  const used = found(/'([A-Z_]+)'/g, /^(?!errors\.ts|transport\/errors-to-grpc\.ts)/);
  // An unexpected error becomes one where it stops.
  used.add('INTERNAL');
  assert.deepEqual(
    reasons.filter((reason) => !used.has(reason)),
    [],
  );
});

test('the page lists every code that a template can be refused or warned with', () => {
  const listed = codesIn(section('Rules of a graph').split('A literal')[0]!);
  const codes = new Set([
    ...found(/(?:violations|warnings)\.add\([\s\S]{1,100}?'([A-Z_]{3,})'/g, /^domain\//),
    ...found(/textLike\(\s*\/.*\/,\s*'([A-Z_]+)'/g, /^domain\//),
    ...found(
      /code: '([A-Z_]+)'/g,
      /^domain\/(json\/violations|graph\/estimate-run)|^engine\/triggers\/new-triggers|^adapters\/template-checker/,
    ),
  ]);
  assert.ok(codes.size > 30, `${codes.size} codes`);
  assert.deepEqual(listed.toSorted(), [...codes].sort());
});

test('what a state can fail or be cancelled with is what its failure says', () => {
  const proto = readFileSync(join(root, 'proto/fanout/v1/state.proto'), 'utf8');
  const comment = /message Failure \{([\s\S]*?)string code/.exec(proto)![1]!;
  const listed = new Set(comment.match(/\b[A-Z]+_[A-Z_]+\b|TIMEOUT|SUPERSEDED|CANCELLED/g));
  listed.delete('UPPER_SNAKE_CASE');
  const codes = new Set([
    ...found(/code: '([A-Z_]+)',?\s+message\b/g),
    ...found(/"code":"([A-Z_]+)"/g, /\.lua$/),
    ...found(/runTimeout = '([A-Z_]+)'/g),
  ]);
  assert.deepEqual([...listed].sort(), [...codes].sort());
});

test('every call is said to be for the roles that may make it', () => {
  const roles = {
    ...{ Admin: 'admin', Graph: 'client', Node: 'client', Run: 'client', Schedule: 'client' },
    Runtime: 'runtime',
  };
  for (const [method, allowed] of Object.entries(rolesByMethod)) {
    const name = /v1\.(\w+)Service/.exec(method)![1] as keyof typeof roles;
    assert.deepEqual(allowed, roles[name] === 'admin' ? ['admin'] : [roles[name], 'admin'], method);
    const file = readFileSync(join(root, `proto/fanout/v1/${name.toLowerCase()}_service.proto`), 'utf8');
    assert.match(file, new RegExp(`Roles: ${roles[name]}\\.\\nservice ${name}Service`));
  }
});

test('the SDK lists every reason of a cancellation, and has words for it', () => {
  const [, text = ''] = /^\*\*Cancellations\*\*(.*?)\n\n/ms.exec(readme) ?? [];
  const reasons = codesIn(text);
  assert.ok(reasons.length > 4, reasons.join(', '));
  const sdk = readFileSync(join(root, 'runtime/typescript/README.md'), 'utf8');
  const [, listed = ''] = /`signal` is aborted with a `Cancelled`(.*?)\n\n/s.exec(sdk) ?? [];
  for (const reason of reasons) {
    assert.ok(codesIn(listed).includes(reason), `runtime/typescript/README.md has no ${reason}`);
    assert.ok(!Cancelled.because(reason).message.includes(reason), `${reason} is told as a code`);
  }
});
