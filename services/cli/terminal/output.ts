/** Everything that a command prints: lines for people, or with `--json` one value a line. */

import { styleText } from 'node:util';
import type { Explained } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { writeJson } from '../json/exact-json.ts';
import { hasColour } from './colour.ts';
import { printable, printableJson, printableLines } from './printable.ts';

export class Output {
  readonly isJson: boolean;

  constructor({ isJson }: { readonly isJson: boolean }) {
    this.isJson = isJson;
  }

  /** Prints a value: as it is with `--json`, else as lines that are printable already. */
  show(value: unknown, lines: () => readonly string[]): void {
    if (this.isJson) this.#write(printableJson(writeJson(value)));
    else for (const line of lines()) this.#write(line);
  }

  /** Prints a line for people only; it is printable already. */
  tell(line = ''): void {
    if (!this.isJson) this.#write(line);
  }

  /** Prints a line to stderr, where it is in nobody's way; whatever is in it is made printable. */
  note(line: string): void {
    process.stderr.write(`${printableLines(line)}\n`);
  }

  /** Prints an error to stderr, with what is wrong in detail and the next step. */
  error(explained: Explained): void {
    const { message, reason, violations, next, exitCode } = explained;
    if (this.isJson) {
      const text = writeJson({ error: { message, reason, violations, next, exitCode } });
      process.stderr.write(`${printableJson(text)}\n`);
      return;
    }
    // Ctrl-C is no error.
    const word =
      exitCode === exitCodes.interrupted
        ? ''
        : `${hasColour(process.stderr) ? styleText('red', 'error:') : 'error:'} `;
    // A message may list the violations already.
    const untold = violations.filter(({ description }) => !message.includes(description));
    const details = untold.map(
      ({ path, code, description }) => `  ${printable(path)}: ${printable(description)} (${printable(code)})`,
    );
    const lines = [
      `${word}${printableLines(message)}`,
      ...details,
      ...(next === undefined ? [] : [printable(next)]),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  #write(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
