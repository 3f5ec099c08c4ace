/** One step from a state to one that grew from it: to a child of an output, or to a uniting state. */
export type PathStep =
  | { readonly output: number; readonly position: number }
  | { readonly output: undefined; readonly position: number };

/** `output.position` for each step, `u.position` below a unite, joined by `/`; the root's is empty. */
export function formatPath(steps: readonly PathStep[]): string {
  return steps.map(({ output, position }) => `${output ?? 'u'}.${position}`).join('/');
}

/** Undefined: not a path. */
export function parsePath(text: string): PathStep[] | undefined {
  if (text === '') return [];
  const steps: PathStep[] = [];
  for (const step of text.split('/')) {
    const [, output, position] = /^(u|\d{1,15})\.(\d{1,6})$/.exec(step) ?? [];
    if (position === undefined) return undefined;
    steps.push({ output: output === 'u' ? undefined : Number(output), position: Number(position) });
  }
  return steps;
}
