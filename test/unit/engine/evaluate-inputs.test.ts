import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';
import {
  type Graph,
  type GraphNode,
  nodeAt,
  nodeOf,
} from '../../../services/state-manager/domain/graph/graph.ts';
import { readJson, writeJson } from '../../../services/state-manager/domain/json/exact-json.ts';
import { Room } from '../../../services/state-manager/domain/json/room.ts';
import type { OutputRef, StateStanding } from '../../../services/state-manager/domain/run/state-record.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import {
  evaluateInputs,
  iteratedInputs,
  listKey,
  listsFailure,
  needsOf,
  nothingUnited,
  outputKey,
  type SharedValues,
  schemaFailure,
  sizeFailure,
  type UnitedValues,
  unitedNeedsOf,
} from '../../../services/state-manager/engine/inputs/evaluate-inputs.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';

/** `split → work → merge`, where `merge` unites `split`, with the inputs that a test is about. */
function compile(inputs: { readonly [identifier: string]: Readonly<Record<string, unknown>> }): Graph {
  const { graph, violations } = checkGraph(
    JSON.stringify({
      store_config: { default_values: { greeting: { de: 'Moin' } } },
      nodes: [
        nodeTemplate('split', ['work'], { inputs: inputs.split ?? {} }),
        nodeTemplate('work', ['merge'], { inputs: inputs.work ?? {} }),
        nodeTemplate('merge', [], { inputs: inputs.merge ?? {}, unites: { identifier: 'split' } }),
      ],
    }),
    { namespace: 'default', nodes: new Map() },
  );
  assert.ok(graph, JSON.stringify(violations));
  return graph;
}

const [split, work, merge] = [0, 1, 2];
/** Output 2 of state 1 of `split`. */
const ref: OutputRef = { node: split, state: 1, output: 2 };

function standing(node: number, parent: number, refs: readonly OutputRef[] = []): StateStanding {
  return { node, parent, scopes: [], refs };
}

function shared(values: Partial<SharedValues> = {}): SharedValues {
  return { outputs: new Map(), trigger: {}, store: new Map(), corrections: new Map(), longest: 0, ...values };
}

/** The inputs of the second `work`, whose output of `split` is given. */
function inputsOfWork(inputs: Readonly<Record<string, unknown>>, output: unknown, more = {}): unknown {
  const graph = compile({ work: inputs });
  const values = shared({ outputs: new Map([[outputKey(ref), output]]), ...more });
  return evaluated(nodeAt(graph, work), standing(work, 1, [ref]), values, nothingUnited);
}

/** The inputs of `merge`. */
function inputsOfMerge(inputs: Readonly<Record<string, unknown>>, united: Partial<UnitedValues>): unknown {
  const graph = compile({ merge: inputs });
  const node = nodeAt(graph, merge);
  return evaluated(node, standing(merge, 1), shared(), { ...nothingUnited, ...united });
}

function list(node: number, field: string, ...items: unknown[]): UnitedValues['lists'] {
  return new Map([[listKey({ node, path: [field] }), items]]);
}

/** The inputs of a state, with as much room as they need. */
function evaluated(
  node: GraphNode,
  of: StateStanding,
  values: SharedValues,
  united: UnitedValues,
): Record<string, unknown> {
  return evaluateInputs(node, of, values, united, new Room(1_000_000));
}

describe('the inputs of a state', () => {
  test('are constants as the template has them', () => {
    const inputs = { text: 'a', number: 1, list: [true, null], record: { a: { b: 2 } } };
    assert.deepEqual(inputsOfWork(inputs, {}), inputs);
  });

  test('keep the type of the one value that an expression names', () => {
    const inputs = {
      field: expression('split.outputs.rows'),
      element: expression('split.outputs.rows.1'),
      deep: expression('split.outputs.rows.1.id'),
    };
    const rows = [1, { id: 'x' }];
    assert.deepEqual(inputsOfWork(inputs, { rows }), { field: rows, element: { id: 'x' }, deep: 'x' });
  });

  test('are null where there is nothing: no output, no field, no element, no path into a string', () => {
    const inputs = {
      field: expression('split.outputs.missing'),
      element: expression('split.outputs.rows.9'),
      path: expression('split.outputs.name.first'),
    };
    const nothing = { field: null, element: null, path: null };
    assert.deepEqual(inputsOfWork(inputs, { rows: [1], name: 'x' }), nothing);
    assert.deepEqual(inputsOfWork(inputs, undefined), nothing);
    const node = nodeAt(compile({ work: inputs }), work);
    assert.deepEqual(evaluated(node, standing(work, 1), shared(), nothingUnited), nothing);
  });

  test('have values in a longer text: strings as they are, all else as JSON', () => {
    const inputs = {
      text: `<${expression('split.outputs.name')}|${expression('split.outputs.row')}|${expression('split.outputs.none')}>`,
    };
    const output = { name: 'a"b', row: { n: 1 } };
    assert.deepEqual(inputsOfWork(inputs, output), { text: '<a"b|{"n":1}|null>' });
  });

  test('have values within lists and records, and never a second time what a value contains', () => {
    const inputs = {
      list: [expression('split.outputs.name')],
      record: { a: expression('split.outputs.name') },
    };
    const name = expression('split.outputs.secret');
    assert.deepEqual(inputsOfWork(inputs, { name, secret: 's' }), { list: [name], record: { a: name } });
  });

  test('keep numbers that a double does not', () => {
    const output = readJson('{"id":12345678901234567890}');
    const inputs = inputsOfWork({ id: expression('split.outputs.id') }, output);
    assert.equal(writeJson(inputs), '{"id":12345678901234567890}');
  });

  test('may be named as anything', () => {
    const graph = compile({});
    const trigger = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as Record<string, unknown>;
    const root = nodeAt(graph, split);
    const inputs = evaluated(root, standing(split, 0), shared({ trigger }), nothingUnited);
    assert.deepEqual(Object.keys(inputs), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(inputs), Object.prototype);
  });

  test('of the store are those of the key, and what lies below it', () => {
    const inputs = {
      whole: expression('store.greeting'),
      part: expression('store.greeting.de'),
      missing: expression('store.greeting.fr'),
      text: `${expression('store.greeting.de')}!`,
    };
    const greeting = { de: 'Moin' };
    const store = new Map<string, unknown>([['greeting', greeting]]);
    const expected = { whole: greeting, part: 'Moin', missing: null, text: 'Moin!' };
    assert.deepEqual(inputsOfWork(inputs, {}, { store }), expected);
    const unset = { whole: null, part: null, missing: null, text: 'null!' };
    assert.deepEqual(inputsOfWork(inputs, {}, { store: new Map([['greeting', null]]) }), unset);
  });

  test('of the trigger are those that were given', () => {
    const inputs = { city: expression('trigger.city'), none: expression('trigger.none') };
    assert.deepEqual(inputsOfWork(inputs, {}, { trigger: { city: 'Kiel' } }), { city: 'Kiel', none: null });
  });

  test('of a root are all of the trigger, in front of what its template says', () => {
    const graph = compile({ split: { city: 'Bonn', zoom: 3 } });
    const trigger = { city: 'Kiel', extra: [1] };
    const inputs = evaluated(nodeAt(graph, split), standing(split, 0), shared({ trigger }), nothingUnited);
    assert.deepEqual(inputs, { city: 'Kiel', zoom: 3, extra: [1] });
  });

  test('of a uniting state are the lists of the nodes that it unites', () => {
    const inputs = {
      all: expression('work.outputs.value'),
      text: `of ${expression('work.outputs.value')}`,
      nested: { all: expression('work.outputs.value') },
    };
    const lists = list(work, 'value', 1, null, 3);
    const all = [1, null, 3];
    assert.deepEqual(inputsOfMerge(inputs, { lists }), { all, text: 'of [1,null,3]', nested: { all } });
    assert.deepEqual(inputsOfMerge(inputs, {}), { all: [], text: 'of []', nested: { all: [] } });
  });

  test('of a uniting state are what its unite came to', () => {
    const inputs = {
      total: expression('unite.counts.total'),
      partial: expression('unite.partial'),
      first: expression('unite.failures.0.code'),
      window: expression('unite.window'),
    };
    const unite = { counts: { total: 3 }, partial: true, failures: [{ code: 'X' }], window: null };
    const expected = { total: 3, partial: true, first: 'X', window: null };
    assert.deepEqual(inputsOfMerge(inputs, { unite }), expected);
  });

  test('leave out the lists that the node reads in pages', () => {
    const inputs = { rows: expression('work.outputs.value'), total: expression('unite.counts.total') };
    const unite = { counts: { total: 3 } };
    assert.deepEqual(inputsOfMerge(inputs, { unite, iterated: ['rows'] }), { total: 3 });
  });
});

describe('what has to be read', () => {
  test('is each output and each key once, whichever states name it', () => {
    const graph = compile({
      work: {
        a: expression('split.outputs.a'),
        b: `${expression('split.outputs.b')} ${expression('store.greeting.de')}`,
        c: [expression('store.greeting')],
      },
    });
    const other = { ...ref, output: 3 };
    const states = [[ref], [ref], [other], []].map((refs) => ({
      record: { standing: standing(work, 1, refs) },
    }));
    const needs = needsOf(graph, states);
    assert.deepEqual([...needs.outputs.values()], [ref, other]);
    assert.deepEqual([...needs.storeKeys], ['greeting']);
    assert.equal(needs.trigger, false);
  });

  test('is the trigger for a root, and where an input names it', () => {
    const graph = compile({ work: { city: expression('trigger.city') } });
    const needsTrigger = (node: number, parent: number) =>
      needsOf(graph, [{ record: { standing: standing(node, parent) } }]).trigger;
    assert.equal(needsTrigger(split, 0), true);
    assert.equal(needsTrigger(work, 1), true);
    assert.equal(needsTrigger(merge, 1), false);
  });

  test('of a unite are the lists that are not read in pages, and failures only where they are named', () => {
    const graph = compile({
      merge: {
        rows: expression('work.outputs.value'),
        again: [expression('work.outputs.value'), expression('work.outputs.value')],
        other: expression('work.outputs.other'),
        total: expression('unite.counts.total'),
      },
    });
    const node = nodeAt(graph, merge);
    const fields = (iterated: readonly string[]) =>
      [...unitedNeedsOf(node, iterated).lists.values()].map(({ path }) => path[0]);
    assert.deepEqual(fields([]), ['value', 'other']);
    assert.deepEqual(fields(['other']), ['value']);
    const none = { unite: true, failures: false, failuresLeftOut: false };
    assert.deepEqual({ ...unitedNeedsOf(node, []), lists: 0 }, { lists: 0, ...none });
    for (const [path, failures, failuresLeftOut] of [
      ['unite.failures', true, false],
      ['unite.failures.0.code', true, false],
      ['unite.failures_left_out', false, true],
    ] as const) {
      const named = nodeAt(compile({ merge: { x: expression(path) } }), merge);
      const needs = unitedNeedsOf(named, []);
      assert.deepEqual([needs.failures, needs.failuresLeftOut], [failures, failuresLeftOut], path);
      assert.equal(unitedNeedsOf(named, ['x']).unite, false);
    }
  });

  test('in pages is an iterator that is one united list as a whole, and no other', () => {
    const inputs = {
      list: expression('work.outputs.value'),
      text: `${expression('work.outputs.value')}!`,
      within: [expression('work.outputs.value')],
      constant: 1,
      failures: expression('unite.failures'),
      failure: expression('unite.failures.0'),
      counts: expression('unite.counts'),
    };
    const graph = compile({ merge: inputs });
    const iterators = [...Object.keys(inputs), 'toString'];
    assert.deepEqual(iteratedInputs(nodeAt(graph, merge), iterators), ['list', 'failures']);
    assert.deepEqual(iteratedInputs(nodeAt(graph, merge), []), []);
    const plain = nodeOf(compile({ work: { list: expression('split.outputs.value') } }), 'work');
    assert.deepEqual(plain && iteratedInputs(plain, ['list']), []);
  });
});

describe('inputs that cannot be handed out', () => {
  const schemas = new AjvSchemaChecker(
    new CheckThreads(createLog({ level: 'error' }, { write: () => undefined })),
  );
  const definition = {
    name: 'MergeNode',
    inputSchemaJson: JSON.stringify({
      properties: { rows: { type: 'array' }, total: { type: 'integer' } },
      required: ['rows', 'total'],
    }),
  };
  const failureOf = (value: Record<string, unknown>, iterated: readonly string[] = []) =>
    schemaFailure(schemas, 'n', definition, value, writeJson(value), iterated);

  // Where the machine is slow, the allowance of the event loop is used up and the rest is checked beside it.
  test('break the schema of the node', async () => {
    assert.deepEqual(await failureOf({ rows: [], total: 'x' }), {
      code: 'INPUT_INVALID',
      message: 'the inputs break the input schema of MergeNode: total must be integer',
    });
    assert.equal(await failureOf({ rows: [], total: 1 }), undefined);
    assert.equal(schemaFailure(schemas, 'n', undefined, {}, '{}', []), undefined);
    assert.equal(
      schemaFailure(schemas, 'n', { ...definition, inputSchemaJson: '' }, {}, '{}', []),
      undefined,
    );
  });

  test('are checked as if a list that is read in pages fitted', async () => {
    assert.equal((await failureOf({ total: 1 }))?.code, 'INPUT_INVALID');
    assert.equal(await failureOf({ total: 1 }, ['rows']), undefined);
  });

  test('are checked as doubles where they have more digits than those', async () => {
    const value = readJson('{"rows":[],"total":12345678901234567890}') as Record<string, unknown>;
    assert.equal(await failureOf(value), undefined);
  });

  test('are too large in bytes, secrets included', () => {
    const json = '{"text":"ääää"}';
    const bytes = Buffer.byteLength(json);
    assert.equal(bytes, json.length + 4);
    assert.equal(sizeFailure(json, undefined, bytes), undefined);
    assert.deepEqual(sizeFailure(json, undefined, bytes - 1), {
      code: 'INPUT_TOO_LARGE',
      message: `the inputs are ${bytes} bytes with secrets, more than the ${bytes - 1} that an assignment takes: pass on less, or a reference to it`,
    });
    const secrets = { key: 'ö' };
    assert.equal(sizeFailure(json, secrets, bytes + 21), undefined);
    assert.equal(sizeFailure(json, secrets, bytes + 20)?.code, 'INPUT_TOO_LARGE');
  });

  test('are too large in united lists, which are not read to their end', () => {
    assert.equal(listsFailure(100, 100), undefined);
    assert.deepEqual(listsFailure(101, 100), {
      code: 'INPUT_TOO_LARGE',
      message:
        'the united lists are more than 100 bytes (101 when reading stopped): declare the input as an iterator, so that it is read in pages',
    });
  });
});

test('secrets are no inputs: no expression reaches them', () => {
  const { violations } = checkGraph(
    JSON.stringify({
      secrets: { key: 'v' },
      nodes: [nodeTemplate('work', [], { inputs: { key: expression('secrets.key') } })],
    }),
    { namespace: 'default', nodes: new Map() },
  );
  assert.notEqual(violations.length, 0);
  const graph = compile({});
  const inputs = evaluated(nodeAt(graph, work), standing(work, 1), shared(), nothingUnited);
  assert.deepEqual(inputs, {});
});
