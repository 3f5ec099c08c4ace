import { ExactNumber } from './exact-json.ts';

/** A JSON object as `JSON.parse` makes it. Keys come from users: read it with `own`, never by inheritance. */
export type JsonObject = Readonly<Record<string, unknown>>;

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

export function isJsonObject(value: unknown): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** True if a JSON value is an object or an array. */
function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

/** A property of the object itself; undefined if it has none of that name. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The narrowest type of a JSON value. */
export function jsonTypeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof ExactNumber) return value.isWhole ? 'integer' : 'number';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number';
    case 'string':
      return 'string';
    default:
      return 'object';
  }
}

/** The path of an object's member: `$.nodes`, or `$["odd key"]`. */
export function memberPath(path: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/.test(key) ? `${path}.${key}` : `${path}[${quoted(key)}]`;
}

/** The path of an array's element: `$.nodes[2]`. */
export function elementPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** A user's text, quoted for a message: escaped, and cut if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(cutText(text, 100));
}

/** A text, cut between two characters if it is longer than so many units of UTF-16; then it ends in `…`. */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const splits = /[\uD800-\uDBFF]/.test(text.charAt(maxCharacters - 1));
  return `${text.slice(0, splits ? maxCharacters - 1 : maxCharacters)}…`;
}

/** The path of the first value that lies more than `maxDepth` objects and arrays deep; undefined: there is none. */
export function tooDeepPath(value: unknown, maxDepth: number, path = '$'): string | undefined {
  if (!isContainer(value)) return undefined;
  if (maxDepth === 0) return path;
  for (const [key, member] of Object.entries(value)) {
    if (!isContainer(member)) continue;
    const below = Array.isArray(value) ? elementPath(path, Number(key)) : memberPath(path, key);
    const found = tooDeepPath(member, maxDepth - 1, below);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The bytes of a text in UTF-8; a lone surrogate counts as its replacement character. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    const isPair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) i++;
    bytes += unit < 0x800 ? 1 : 2;
  }
  return bytes;
}

/** True if a path's segment can be the index of an array's element. */
export function isIndex(segment: string): boolean {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(segment);
}
