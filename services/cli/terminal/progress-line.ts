/** One line on stderr that tells how far something is: redrawn in a terminal, and nothing elsewhere. */
import { cutToWidth } from './printable.ts';

export interface ProgressLine {
  /** Shows a text that is printable. */
  update(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** A line on stderr, where it is in nobody's way. */
export function createProgressLine(): ProgressLine {
  const { stderr } = process;
  const isTerminal = stderr.isTTY === true;
  const draw = (text: string): void => {
    if (isTerminal) stderr.write(`\r\u001b[2K${text}`);
  };
  return {
    // A line that wraps could not be taken back.
    update: (text) => draw(cutToWidth(text, Math.max(8, (stderr.columns ?? 80) - 1))),
    end: () => draw(''),
  };
}
