/** Bounds of JSON texts that callers send: parsing one holds up everybody, and they say how long before it is parsed. */

/** Deepest nesting. */
const maxDepth = 64;
/** Members of all objects in one text. */
const maxMembers = 150_000;
/** Different names that they have: one that comes again costs a tenth of a new one. */
const maxNames = 20_000;
/** Members and elements in all. */
const maxValues = 1_000_000;

/** Shape of a JSON text. */
interface JsonShape {
  /** Objects and arrays within each other. */
  readonly depth: number;
  /** Members of all its objects. */
  readonly members: number;
  /** Members, and elements of all its arrays, but for one of each that is not empty. */
  readonly values: number;
}

/** The shape of a JSON text, found without parsing it, in linear time. */
export function jsonShape(text: string): JsonShape {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let values = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === 0x5c) i++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x7b || character === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (character === 0x7d || character === 0x5d) depth--;
    else if (character === 0x2c) values++;
    else if (character === 0x3a) members++;
  }
  return { depth: deepest, members, values };
}

/** Values of the hash by which names are told apart: with as many names as are allowed one in a hundred is taken for another. */
const hashValues = 2 ** 20;

/** The number of different names in a JSON text: no more than there are, and about one in a hundred less at most. */
function countNames(text: string): number {
  const seen = new Uint8Array(hashValues);
  let names = 0;
  let hash = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === 0x22) {
        inString = false;
        continue;
      }
      hash = Math.imul(hash ^ character, 0x01000193);
      if (character === 0x5c) hash = Math.imul(hash ^ text.charCodeAt(++i), 0x01000193);
    } else if (character === 0x22) {
      inString = true;
      hash = 0x811c9dc5 | 0;
    } else if (character === 0x3a) {
      const at = (hash ^ (hash >>> 12)) & (hashValues - 1);
      names += 1 - seen[at]!;
      seen[at] = 1;
    }
  }
  return names;
}

/** The fault in the shape of a JSON text, to complete "… ": parsing it would take too long. Undefined: nothing. */
export function wrongShape(text: string): string | undefined {
  // Each level, and each value, takes two characters.
  if (text.length <= 2 * maxDepth) return undefined;
  const { depth, members, values } = jsonShape(text);
  if (depth > maxDepth) return `nests deeper than ${maxDepth} levels: make it flatter, or pass it as a text`;
  if (members > maxMembers)
    return `has ${members} members in its objects, ${maxMembers} are allowed: use arrays, or pass a reference to it`;
  if (values > maxValues)
    return `has ${values} values, ${maxValues} are allowed: pass it as a text, or a reference to it`;
  if (members > maxNames && countNames(text) > maxNames)
    return `has more than ${maxNames} different names of members: use arrays of objects with the same names, or pass a reference to it`;
  return undefined;
}
