/**
 * The newest generation of every unite, told by paths alone: `u.POSITION.N` is the Nth uniting state of its scope. Not for
 * graphs with windows, whose earlier ones stay.
 */
import type { State__Output } from '@fanout/proto';

const unitingStep = /^u\.(\d+)(?:\.(\d+))?$/;

export class Generations {
  /** Number of the newest uniting state, by `PATH u.POSITION`. */
  readonly #newest = new Map<string, number>();

  constructor(states: readonly State__Output[]) {
    for (const { path = '' } of states)
      for (const { scope, number } of unitingSteps(path))
        this.#newest.set(scope, Math.max(number, this.#newest.get(scope) ?? 0));
  }

  /** True if it grew from a unite that has been opened again since. */
  isSuperseded({ path = '' }: State__Output): boolean {
    return unitingSteps(path).some(({ scope, number }) => number < this.#newest.get(scope)!);
  }
}

function unitingSteps(path: string): { scope: string; number: number }[] {
  const steps = path.split('/');
  return steps.flatMap((step, index) => {
    const [, position, number = '1'] = unitingStep.exec(step) ?? [];
    if (position === undefined) return [];
    return [{ scope: `${steps.slice(0, index).join('/')} u.${position}`, number: Number(number) }];
  });
}

/** The path that a state of a newest generation would have if no generation had come before. */
export function firstPath(path: string): string {
  return path.replace(/u\.(\d+)\.\d+/g, 'u.$1');
}
