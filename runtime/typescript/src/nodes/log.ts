/** Lines of a log. Nothing that is logged, and no log, changes what happens. */
import { isError, plainData } from './plain-data.ts';
import type { Secrets } from './secrets.ts';

/** Takes what a runtime and its nodes have to say, a line at a time: plain data, which JSON can say. */
export type RuntimeLog = (line: Readonly<Record<string, unknown>>) => void;

/** A log whose lines carry run, state and attempt. Whatever it is given, it never throws. */
export interface NodeLog {
  /**
   * Logs an event that is as it should be. `fields` stand beside the message, and replace fields of the line's own; an
   * error in their place is the field `error`.
   */
  info(message: string, fields?: Readonly<Record<string, unknown>> | Error): void;
  /** Logs an oddity that does not keep the node from going on. */
  warn(message: string, fields?: Readonly<Record<string, unknown>> | Error): void;
  /** Logs a fault. Failures of the node itself are logged by the runtime. */
  error(message: string, fields?: Readonly<Record<string, unknown>> | Error): void;
}

/** Writes JSON lines, but none of level `debug`: a log of your own sees those. */
export const logToStderr: RuntimeLog = (line) => {
  if (line.level === 'debug') return;
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
};

/**
 * The same log, except that it never fails. A line that it does not take goes to stderr, as do all that follow it until it
 * takes one again; the first of them comes behind a line that says why.
 */
export function unfailing(log: RuntimeLog): RuntimeLog {
  let hasFailed = false;
  const failed = (line: Readonly<Record<string, unknown>>, error: unknown) => {
    if (!hasFailed) logToStderr({ level: 'error', event: 'log_failed', error: plainData(error) });
    hasFailed = true;
    logToStderr(line);
  };
  return (line) => {
    try {
      // The type says void, which a function that returns a promise fits.
      const result: unknown = log(line);
      if (result === undefined) hasFailed = false;
      else
        void Promise.resolve(result).then(
          () => {
            hasFailed = false;
          },
          (error: unknown) => failed(line, error),
        );
    } catch (error) {
      failed(line, error);
    }
  };
}

/** Levels of lines of nodes, the least first. */
export type LineLevel = 'info' | 'warn' | 'error';

/** Takes lines of one node beside its log. */
export interface LineReader {
  /** False: it has no use for lines of that level. */
  takes(level: LineLevel): boolean;
  /** @param fieldsJson a JSON object, or empty */
  add(level: LineLevel, text: string, fieldsJson: string): void;
}

/** A node's log: its lines say where they come from, and show none of the secrets. */
export function nodeLog(
  log: RuntimeLog,
  origin: Readonly<Record<string, unknown>>,
  secrets: Secrets = {},
  reader?: LineReader,
): NodeLog {
  const at = (level: LineLevel) => (message: string, given?: Readonly<Record<string, unknown>> | Error) => {
    const text = plainData(message, secrets);
    const fields = fieldsOf(given, secrets);
    if (reader?.takes(level)) reader.add(level, textOf(text), jsonOf(fields));
    log({ level, message: text, ...origin, ...fields });
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Fields of a line, whatever was given for them: what has no fields becomes one. */
function fieldsOf(given: unknown, secrets: Secrets): object {
  const fields = plainData(given, secrets);
  if (fields === undefined || fields === null) return {};
  if (isError(given)) return { error: fields };
  return typeof fields === 'object' && !Array.isArray(fields) ? fields : { value: fields };
}

/** A message, which ought to be text, as text. */
function textOf(message: unknown): string {
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? String(message));
}

function jsonOf(fields: object): string {
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(fields);
}
