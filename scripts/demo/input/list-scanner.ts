/** Finds the lists of a JSON document piece by piece, so that it is never in memory as a whole. */
import { maxRowChars } from './max-row.ts';

export interface ListElement {
  /** Keys that lead to its list, joined by dots; empty: the document is the list. */
  readonly path: string;
  /** Its JSON. */
  readonly text: string;
}

/**
 * Takes a document apart into the elements of its lists, and a skeleton: all of it without these elements. Lists in
 * elements are no lists of the document. What is left to the caller is to parse both: brackets are only counted.
 */
export class ListScanner {
  /** The last key of each open object. */
  readonly #keys: string[] = [];
  #depth = 0;
  /** Depth of the brackets of the list that is being read; 0: none is. */
  #listDepth = 0;
  #path = '';
  #inString = false;
  #isEscaped = false;
  /** JSON of the last string outside of lists: it may be a key. */
  #string = '';
  #element = '';
  #hasElements = false;
  #skeleton = '';

  /** The document without the elements of its lists: `{"features":[]}`. */
  get skeleton(): string {
    return this.#skeleton;
  }

  /** Reads the next piece. @throws Error an element or the skeleton is too long */
  read(piece: string): ListElement[] {
    const elements: ListElement[] = [];
    let start = 0;
    /** Keeps what was read since the last time, up to here. */
    const keep = (end: number): void => {
      const text = piece.slice(start, end);
      start = end;
      if (this.#listDepth > 0) this.#element += text;
      else this.#skeleton += text;
      if (this.#element.length > maxRowChars || this.#skeleton.length > maxRowChars)
        throw new Error(`a value at the top, or in a list, has more than ${maxRowChars} characters`);
    };
    const endElement = (isLast: boolean): void => {
      // An empty element in front of a comma, or behind one, is for the parser to refuse.
      if (!isLast || this.#hasElements || this.#element.trim() !== '')
        elements.push({ path: this.#path, text: this.#element });
      this.#element = '';
      this.#hasElements = !isLast;
    };
    for (let at = 0; at < piece.length; at++) {
      const char = piece[at];
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (char === '\\') this.#isEscaped = true;
        else if (char === '"') this.#inString = false;
        if (this.#listDepth === 0) this.#string += char;
        continue;
      }
      switch (char) {
        case '"':
          this.#inString = true;
          this.#string = '"';
          break;
        case ':':
          if (this.#listDepth === 0) this.#keys[this.#depth - 1] = this.#string;
          break;
        case ',':
          if (this.#depth !== this.#listDepth || this.#listDepth === 0) break;
          keep(at);
          start = at + 1;
          endElement(false);
          break;
        case '{':
        case '[':
          this.#depth += 1;
          if (char === '{' || this.#listDepth > 0) break;
          keep(at + 1);
          this.#listDepth = this.#depth;
          this.#path = this.#keys
            .slice(0, this.#depth - 1)
            .map(readKey)
            .join('.');
          break;
        case '}':
        case ']':
          if (this.#depth === this.#listDepth && this.#listDepth > 0) {
            keep(at);
            endElement(true);
            this.#listDepth = 0;
          }
          this.#depth = Math.max(0, this.#depth - 1);
          break;
      }
    }
    keep(piece.length);
    return elements;
  }
}

function readKey(json: string): string {
  return JSON.parse(json) as string;
}
