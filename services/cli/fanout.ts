#!/usr/bin/env node
/** `fanout`: reads the command line, and ends with an exit code that says what happened. */
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';

// Whoever reads our output has enough, such as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.internal);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Help and version end so, too; what is wrong has been told.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
