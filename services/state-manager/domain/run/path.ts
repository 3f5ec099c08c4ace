/** One step from a state to one that grew from it: to a child of an output, or to a uniting state. */
export type PathStep =
  | { readonly output: number; readonly position: number }
  | {
      readonly output: undefined;
      readonly position: number;
      /** The instance of the uniting state: 2 and more for later windows and generations; undefined: the first. */
      readonly instance?: number;
    };

/** `output.position` for each step, below a unite `u.position` or `u.position.instance`, joined by `/`; the root's is empty. */
export function formatPath(steps: readonly PathStep[]): string {
  return steps.map(formatStep).join('/');
}

function formatStep(step: PathStep): string {
  if (step.output !== undefined) return `${step.output}.${step.position}`;
  return step.instance === undefined ? `u.${step.position}` : `u.${step.position}.${step.instance}`;
}

/** Undefined: not a path. */
export function parsePath(text: string): PathStep[] | undefined {
  if (text === '') return [];
  const steps: PathStep[] = [];
  for (const step of text.split('/')) {
    const [, output, position, unite, instance] =
      /^(?:(\d{1,15})\.(\d{1,6})|u\.(\d{1,6})(?:\.(\d{1,9}))?)$/.exec(step) ?? [];
    if (output !== undefined) steps.push({ output: Number(output), position: Number(position) });
    else if (unite === undefined) return undefined;
    else
      steps.push({
        output: undefined,
        position: Number(unite),
        ...(instance !== undefined && { instance: Number(instance) }),
      });
  }
  return steps;
}
