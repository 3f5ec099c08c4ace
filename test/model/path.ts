/** The position of a state in a run, as the protocol writes it. */

/** An output and a position; or, behind all outputs, a uniting node's place and the number of its window, from 1. */
export type Step = readonly [output: number, position: number, window?: number];
export type Path = readonly Step[];

const behindOutputs = Number.MAX_SAFE_INTEGER;

export function uniteStep(unite: number, window = 1): Step {
  return [behindOutputs, unite, window];
}

export function pathText(path: Path): string {
  return path
    .map(([output, position, window]) => {
      if (output !== behindOutputs) return `${output}.${position}`;
      return window === undefined || window === 1 ? `u.${position}` : `u.${position}.${window}`;
    })
    .join('/');
}

export function comparePaths(left: Path, right: Path): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [a, b] = [left[i]!, right[i]!];
    for (const part of [0, 1, 2] as const) {
      const difference = (a[part] ?? 0) - (b[part] ?? 0);
      if (difference !== 0) return difference;
    }
  }
  return left.length - right.length;
}
