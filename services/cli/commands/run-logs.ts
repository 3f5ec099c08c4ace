/** `fanout run logs RUN`: what the nodes of a run have logged. */
import type { LogLevel, LogLine, LogOptions } from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { untilInterrupted } from '../connection/interruption.ts';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { Interrupted } from '../errors.ts';
import { writeJson } from '../json/exact-json.ts';
import { readName } from '../options.ts';
import { paint } from '../terminal/colour.ts';
import { countOf } from '../terminal/format.ts';
import { printable, printableJson } from '../terminal/printable.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const colours = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const;

export function addLogsCommand(run: Command): void {
  run
    .command('logs <run>')
    .description('print what the nodes of a run have logged, the oldest line first')
    .option('--follow', 'go on with lines that come, until the run ends')
    .addOption(new Option('--state <state>', 'of this state only').argParser(readName).conflicts('below'))
    .option('--below <state>', 'of this state, and of what grew from it', readName)
    .option('--node <identifier>', 'of this place in the graph', readName)
    .addOption(new Option('--min-level <level>', 'of this level and above').choices(levels))
    .action(withClient(printLogs));
}

interface LogsOptions {
  readonly follow?: boolean;
  readonly state?: string;
  readonly below?: string;
  readonly node?: string;
  readonly minLevel?: LogLevel;
}

async function printLogs({ client, output, options }: Call<LogsOptions>, runId: string): Outcome {
  const { follow = false, state, below, node, minLevel } = options;
  let [seen, dropped] = [0, 0];
  const filter: LogOptions = {
    follow,
    stateId: state,
    below,
    identifier: node,
    minLevel,
    onDropped: (count) => {
      dropped = count;
    },
  };
  try {
    await untilInterrupted(
      () => interruption(runId, follow),
      async (signal) => {
        for await (const line of client.logs(runId, { ...filter, signal })) {
          seen += 1;
          output.show(line, () => [describeLine(line)]);
        }
      },
    );
  } finally {
    if (dropped > 0)
      output.note(
        `${countOf(dropped, 'line')} of the run ${dropped === 1 ? 'is' : 'are'} not kept: older than the newest, or too fast`,
      );
  }
  if (seen === 0)
    output.tell('no lines: its nodes have logged nothing like that, or the state manager keeps no logs');
}

function describeLine({ loggedAt, level, identifier, path, attempt, text, fields }: LogLine): string {
  const place = `${printable(identifier)}${path === '' ? '' : ` ${printable(path)}`}`;
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  const more = Object.keys(fields).length > 0 ? ` ${printableJson(writeJson(fields))}` : '';
  const word = paint(colours[level], level.toUpperCase().padEnd(5));
  return `${new Date(loggedAt).toISOString()}  ${word}  ${place}${again}  ${printable(text)}${paint('dim', more)}`;
}

function interruption(runId: string, isFollowed: boolean): Interrupted {
  return isFollowed
    ? new Interrupted(
        `stopped following: run ${runId} goes on`,
        `"fanout run logs ${runId} --follow" follows it again, "fanout run watch ${runId}" shows how it goes on.`,
      )
    : new Interrupted('stopped reading', `"fanout run logs ${runId}" reads from the beginning.`);
}
