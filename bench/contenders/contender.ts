/** A system that is measured beside others, with processes of its own. */
import type { CommandedProcess } from '../harness/commands.ts';
import type { Parts } from '../harness/usage.ts';

/** A system that runs. */
export interface Contender {
  readonly name: string;
  /** Its processes, the client included. */
  readonly parts: Parts;
  readonly client: CommandedProcess;
}

/** A system that can be started. */
export interface ContenderKind {
  readonly name: string;
  /** Versions and settings that it is measured with, a line. */
  readonly description: string;
  /** Starts it, with what it keeps in `folder`. Whatever it starts ends with `stopProcesses`. */
  start(folder: string): Promise<Contender>;
}
