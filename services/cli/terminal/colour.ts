import { styleText } from 'node:util';
import { environment } from '../environment.ts';

/** True if a stream takes colours: a terminal, unless NO_COLOR or FORCE_COLOR say otherwise; FORCE_COLOR counts more. */
export function hasColour(
  stream: { readonly isTTY?: boolean },
  { NO_COLOR, FORCE_COLOR, TERM }: Readonly<NodeJS.ProcessEnv> = environment,
): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR) return false;
  return stream.isTTY === true && TERM !== 'dumb';
}

/** A text in a colour, if stdout takes colours. */
export function paint(colour: Parameters<typeof styleText>[0], text: string): string {
  return hasColour(process.stdout) ? styleText(colour, text) : text;
}
