/** First words of expressions that are no nodes. */
const reserved = new Set(['store', 'trigger', 'unite', '__proto__']);

/** `DataSplitterNode` is `data_splitter`; when that is taken, `data_splitter_2` … */
export function chooseIdentifier(nodeName: string, isTaken: (identifier: string) => boolean): string {
  const base = nodeName
    .replace(/(?<=.)_?Node$/, '')
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .replaceAll('.', '_')
    .toLowerCase()
    .slice(0, 120);
  let identifier = base;
  for (let number = 2; reserved.has(identifier) || isTaken(identifier); number++)
    identifier = `${base}_${number}`;
  return identifier;
}

/**
 * An identifier that the user chose.
 * @throws TypeError it is malformed, reserved or taken
 */
export function checkIdentifier(identifier: string, isTaken: (identifier: string) => boolean): string {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(identifier)) {
    throw new TypeError(`id "${identifier}": must be 1 to 128 of A-Z a-z 0-9 _ -, without dots`);
  }
  if (reserved.has(identifier)) throw new TypeError(`id "${identifier}" is reserved: choose another one`);
  if (isTaken(identifier))
    throw new TypeError(`id "${identifier}" is taken: two nodes of a graph cannot share one`);
  return identifier;
}
