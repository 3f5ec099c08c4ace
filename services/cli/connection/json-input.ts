/** JSON that users give: as an argument, in a file, or on standard input. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { parseJson } from '../json/exact-json.ts';

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** Reads a file, or standard input as `-`. @throws UsageError it cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${file === '-' ? 'standard input' : file}: ${problems[code] ?? message}`,
      'Name a file that can be read, or - for standard input.',
    );
  }
}

/** Reads a file that is JSON. @throws UsageError it is something else */
export function readJsonFile(file: string): unknown {
  return parse(readText(file), file === '-' ? 'standard input' : file);
}

/** Reads what an option gives: JSON as it is, `@FILE`, or `-` for standard input. @throws UsageError it is no JSON */
function readJsonOption(option: string, given: string): unknown {
  if (given === '-') return readJsonFile('-');
  if (given.startsWith('@')) return readJsonFile(given.slice(1));
  return parse(given, option);
}

/** Reads an object, as inputs are one. @throws UsageError it is something else */
export function readObjectOption(
  option: string,
  given: string | undefined,
): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  const value = readJsonOption(option, given);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UsageError(`${option}: give a JSON object, such as '{"name": "value"}'`);
}

function parse(text: string, name: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UsageError(
      `${name}: ${(error as Error).message}`,
      `Give JSON: ${name.startsWith('--') ? `${name} '{"name": "value"}', ${name} @FILE, or ${name} - for standard input` : 'a file, or - for standard input'}.`,
    );
  }
}
