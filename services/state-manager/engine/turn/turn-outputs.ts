import type { Turn } from '../ports/settling.ts';

/** Outputs and inputs that a turn has brought to storage: what is handed off in the same turn needs no look for them. */
export class TurnOutputs {
  readonly #outputs = new Map<string, string>();
  readonly #inputs = new Map<string, string>();

  constructor({ settlements, newRuns }: Pick<Turn, 'settlements' | 'newRuns'>) {
    for (const { run, reports } of settlements) {
      for (const { state, plan, outputsJson } of reports) {
        const [owner, first] = plan.step.kind === 'emit' ? [plan.step.work, plan.step.first] : [state, 0];
        outputsJson.forEach((json, i) => {
          this.#outputs.set(`${run.runId}:${owner}.${first + i}`, json);
        });
      }
    }
    for (const { runId, inputsJson } of newRuns) this.#inputs.set(runId, inputsJson);
  }

  /** The JSON of an output, if the turn has brought it. @param key as `outputKey` gives it */
  output(runId: string, key: string): string | undefined {
    return this.#outputs.get(`${runId}:${key}`);
  }

  /** The inputs of the trigger, if the turn has begun the run. */
  triggerInputs(runId: string): string | undefined {
    return this.#inputs.get(runId);
  }
}
