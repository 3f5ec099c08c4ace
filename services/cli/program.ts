/** The command `fanout`: all commands, and the options that each of them takes. */
import { Command } from 'commander';
import { addBranchesCommand } from './commands/branches.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDevCommand } from './commands/dev.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addFailuresCommand } from './commands/failures.ts';
import { addGraphCommands } from './commands/graph.ts';
import { addInitCommand } from './commands/init.ts';
import { addMcpCommand } from './commands/mcp.ts';
import { addNodeCommands } from './commands/node.ts';
import { addRunCommands } from './commands/run.ts';
import { addRunsCommands } from './commands/runs.ts';
import { addScheduleCommands } from './commands/schedule.ts';
import { addStateCommands } from './commands/state.ts';
import { addTokenCommands } from './commands/token.ts';
import { addWhyCommand } from './commands/why.ts';
import { addGlobalOptions } from './connection/connection.ts';
import { version } from './own-package.ts';

const examples = `
Examples:
  fanout dev                                         a state manager on this machine
  fanout graph put letters graph.json
  fanout run start letters --inputs '{"text": "a b"}' --watch
  fanout why RUN                                     what a run waits for
  fanout failures RUN                                what has failed in it
  fanout run logs RUN --follow                       what its nodes log
  fanout runs retry --graph letters --status FAILED  many runs at once

Exit codes: 0 done, 1 the run failed, 2 wrong usage, 3 not found, 4 refused by role or token,
5 no state manager answers, 6 not now, 7 a quota or limit, 70 a fault of ours, 130 Ctrl-C.`;

/** Makes the program. It throws CommanderError where it would have ended the process. */
export function createProgram(): Command {
  const program = new Command('fanout')
    .description('Fanout: graphs, their runs, what runs wait for, and what failed in them.')
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('"fanout --help" and "fanout COMMAND --help" tell all commands and options.')
    .exitOverride()
    .addHelpText('after', examples);
  addGlobalOptions(program);
  for (const add of [
    addDevCommand,
    addInitCommand,
    addGraphCommands,
    addRunCommands,
    addRunsCommands,
    addScheduleCommands,
    addWhyCommand,
    addFailuresCommand,
    addStateCommands,
    addBranchesCommand,
    addNodeCommands,
    addTokenCommands,
    addDoctorCommand,
    addMcpCommand,
    addCompletionCommand,
  ])
    add(program);
  return program;
}
