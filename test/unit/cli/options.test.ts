import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readerOf, readLabel, readName } from '../../../services/cli/options.ts';

test('labels are read one by one, with values that have any character', () => {
  assert.deepEqual(readLabel('team=films'), { team: 'films' });
  assert.deepEqual(readLabel('url=a=b', { team: 'films' }), { team: 'films', url: 'a=b' });
  assert.deepEqual(readLabel('empty=', { empty: 'x' }), { empty: '' });
  assert.deepEqual(Object.entries(readLabel('__proto__=x', { a: 'b' })), [
    ['a', 'b'],
    ['__proto__', 'x'],
  ]);
  for (const wrong of ['team', '=films', ''])
    assert.throws(() => readLabel(wrong), /Give KEY=VALUE, such as team=films/);
});

test('words are read with commas between them, or one after the other, each once', () => {
  const read = readerOf(['ERRORED', 'SUCCESS', 'PRUNED']);
  assert.deepEqual(read('ERRORED, SUCCESS'), ['ERRORED', 'SUCCESS']);
  assert.deepEqual(read('PRUNED,ERRORED', ['ERRORED']), ['ERRORED', 'PRUNED']);
  for (const wrong of ['', 'ERRORED,', 'errored', 'ERRORED,NOPE'])
    assert.throws(() => read(wrong), /Give one of ERRORED, SUCCESS, PRUNED, or several with commas/);
});

test('an option that is empty is refused: all would be taken where a part was meant', () => {
  assert.equal(readName('split'), 'split');
  assert.throws(() => readName(''), /It is empty/);
});
