/** A reader and writer of JSON, as `JSON` is one: another one can keep numbers that no double holds. */
export interface JsonText {
  /** Reads a text. */
  parse(text: string): unknown;
  /** Writes a value, in a text that is JSON. */
  stringify(value: unknown): string;
}
