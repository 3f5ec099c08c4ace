/** Files of users for the tests of the demo, and what it makes of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { prepareInput } from '../../../scripts/demo/input/prepare-input.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanout-demo-'));
after(() => rmSync(folder, { recursive: true }));

/** A path of a file with such a content. */
export function fileOf(content: string | Buffer, name = 'rows'): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

export interface Given {
  readonly name?: string;
  readonly by?: string;
  readonly encoding?: string;
  readonly list?: string;
}

export interface Prepared {
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly by: string | undefined;
  readonly description: string;
}

/** Makes of a path what the nodes of the demo read. */
export async function prepareFile(source: string, given: Omit<Given, 'name'> = {}): Promise<Prepared> {
  const { file, by, description } = await prepareInput({
    source,
    folder: join(folder, 'prepared'),
    ...given,
  });
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return { rows: lines.map((line) => JSON.parse(line)), by, description };
}

export function prepare(content: string | Buffer, { name, ...given }: Given = {}): Promise<Prepared> {
  return prepareFile(fileOf(content, name), given);
}

/** The rows alone. */
export async function rowsOf(content: string | Buffer, given?: Given): Promise<Prepared['rows']> {
  return (await prepare(content, given)).rows;
}
