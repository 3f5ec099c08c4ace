/** Bounds for what is made of values that users multiply: counted while it is made, not when it is there. */
import { ExactNumber, writeJson } from './exact-json.ts';

/** Thrown when more is made than there is room for. */
export class OutOfRoom extends Error {
  /** @param characters that there was room for */
  constructor(characters: number) {
    super(`more than ${characters} characters`);
    this.name = 'OutOfRoom';
  }
}

/** Characters that may still be made, in UTF-16 units: never more than their bytes in UTF-8. */
export class Room {
  readonly #characters: number;
  #left: number;

  constructor(characters: number) {
    this.#characters = characters;
    this.#left = characters;
  }

  /** Takes room for so many. @throws OutOfRoom */
  take(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new OutOfRoom(this.#characters);
  }
}

/**
 * The text of a value, unless it is surely longer than so many characters. A value that stands in many places of another
 * one costs nothing until it is written, so it is counted before that. Escapes are not counted: what is written has at
 * most six times as many characters.
 * @throws OutOfRoom
 */
export function writeJsonWithin(value: unknown, characters: number): string {
  takeRoomFor(value, new Room(characters));
  return writeJson(value);
}

/** Takes room for the text of a value without its escapes. Without recursion: templates and values can lie within each other. */
function takeRoomFor(value: unknown, room: Room): void {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string') room.take(next.length + 2);
    else if (next instanceof ExactNumber) room.take(next.text.length);
    else if (Array.isArray(next)) {
      room.take(next.length + 1);
      for (const item of next) waiting.push(item);
    } else if (typeof next === 'object' && next !== null) {
      const names = Object.keys(next);
      room.take(names.length + 1);
      for (const name of names) {
        room.take(name.length + 3);
        waiting.push((next as Record<string, unknown>)[name]);
      }
    } else room.take(1);
  }
}
