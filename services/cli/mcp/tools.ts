/** Tools for models: starting runs, looking at them, and reading how Fanout works. */
import type { Client } from '@fanout/runtime';
import { UsageError } from '../errors.ts';
import { readPage } from './pages.ts';
import type { Tool } from './serve.ts';

type Given = Readonly<Record<string, unknown>>;

const runOnly = {
  type: 'object',
  properties: { run: { type: 'string', description: 'id of the run' } },
  required: ['run'],
};

/** All tools, for one namespace. */
export function toolsFor(client: Client): Tool[] {
  return [
    {
      name: 'trigger',
      description: 'Start a run of a stored graph. Gives the id of the run.',
      inputSchema: {
        type: 'object',
        properties: {
          graph: { type: 'string', description: 'name of the graph' },
          inputs: { type: 'object', description: 'inputs of its root node' },
          key: { type: 'string', description: 'idempotency key: the same key again gives the same run' },
        },
        required: ['graph'],
      },
      call: async (given) =>
        client.trigger(textOf(given, 'graph'), objectOf(given, 'inputs'), {
          key: optionalText(given, 'key'),
        }),
    },
    {
      name: 'run',
      description:
        'Tell how a run stands: its status, and for each place in its graph the number of states by status.',
      inputSchema: runOnly,
      call: async (given) => client.get(textOf(given, 'run')),
    },
    {
      name: 'why',
      description:
        'Tell why a run does not get on, in sentences that say what to do. Empty once it has ended.',
      inputSchema: runOnly,
      call: async (given) => client.waits(textOf(given, 'run')),
    },
    {
      name: 'failures',
      description: 'Group the failures of a run by place, code and message, each group with an example.',
      inputSchema: runOnly,
      call: async (given) => client.groupFailures(textOf(given, 'run')),
    },
    {
      name: 'retry',
      description:
        'Try again what has failed or was cancelled in a run: all of it, or one state. Gives the number of states.',
      inputSchema: {
        ...runOnly,
        properties: {
          ...runOnly.properties,
          state: { type: 'string', description: 'id of the one state; all if absent' },
        },
      },
      call: async (given) => {
        const stateId = optionalText(given, 'state');
        return {
          retried: await client.retry(textOf(given, 'run'), stateId === undefined ? {} : { stateId }),
        };
      },
    },
    {
      name: 'docs',
      description: 'Read the documents of Fanout: a page, or the list of all pages.',
      inputSchema: {
        type: 'object',
        properties: { page: { type: 'string', description: 'name of the page; the list if absent' } },
      },
      call: async (given) => readPage(optionalText(given, 'page')),
    },
  ];
}

function optionalText(given: Given, name: string): string | undefined {
  const value = given[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new UsageError(`${name}: give a text`);
}

function textOf(given: Given, name: string): string {
  const text = optionalText(given, name);
  if (text !== undefined) return text;
  throw new UsageError(`${name} is missing: give a text`);
}

function objectOf(given: Given, name: string): Given {
  const value = given[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Given;
  throw new UsageError(`${name}: give an object`);
}
