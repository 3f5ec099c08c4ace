import type { KnownTexts } from '../inputs/read-inputs.ts';
import { eachOutput, type Turn, type TurnResult } from '../ports/settling.ts';

/** Outputs and inputs that a turn has brought to storage: what is leased in the same turn needs no look for them. */
export class TurnOutputs implements KnownTexts {
  readonly #outputs = new Map<string, string>();
  readonly #inputs = new Map<string, string>();

  /** Takes in what was committed: a state that a refused report was late for has other outputs. */
  constructor(
    { settlements, newRuns }: Pick<Turn, 'settlements' | 'newRuns'>,
    { settled, triggered }: Pick<TurnResult, 'settled' | 'triggered'>,
  ) {
    for (const [i, { run, reports }] of settlements.entries()) {
      if (settled[i]?.kind !== 'committed') continue;
      for (const report of reports) {
        eachOutput(report, (owner, output, json) => {
          this.#outputs.set(`${run.runId}:${owner}.${output}`, json);
        });
      }
    }
    for (const [i, { runId, inputsJson }] of newRuns.entries()) {
      if (triggered[i]?.kind === 'created') this.#inputs.set(runId, inputsJson);
    }
  }

  output(runId: string, key: string): string | undefined {
    return this.#outputs.get(`${runId}:${key}`);
  }

  triggerInputs(runId: string): string | undefined {
    return this.#inputs.get(runId);
  }
}
