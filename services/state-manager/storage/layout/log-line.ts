/**
 * A line of a run's log: a JSON list of its time (ms), level (a number, the least 0), state, attempt, node, runtime and text; behind
 * a line break its fields, a JSON object as it came, or nothing.
 */
import type { KeptLine, LineLevel } from '../../domain/model/log.ts';

/** Levels by their numbers. */
const levels: readonly LineLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

type Head = readonly [number, number, number, number, number, string, string];

export function packLine(line: KeptLine): string {
  const { loggedAt, level, state, attempt, node, runtimeName, text, fieldsJson } = line;
  const head: Head = [loggedAt, levels.indexOf(level), state, attempt, node, runtimeName, text];
  return `${JSON.stringify(head)}\n${fieldsJson}`;
}

export function readLine(packed: string): KeptLine {
  // JSON text has no line break outside of texts, and writes those in texts otherwise.
  const end = packed.indexOf('\n');
  const [loggedAt, level, state, attempt, node, runtimeName, text] = JSON.parse(packed.slice(0, end)) as Head;
  const fieldsJson = packed.slice(end + 1);
  return { loggedAt, level: levels[level]!, state, attempt, node, runtimeName, text, fieldsJson };
}
