/** A state's place in its run: its number, and for a sibling the output that it took. */
export interface StateAddress {
  readonly runId: string;
  readonly state: number;
  /** 0: the state itself; more: the sibling of that output. */
  readonly output: number;
}

/** `<run>.<number>`, for a sibling `<run>.<number>.<output>`. */
export function stateIdOf(runId: string, state: number, output = 0): string {
  return output === 0 ? `${runId}.${state}` : `${runId}.${state}.${output}`;
}

/**
 * The id of the state that took an output. A state of an open fan-out takes no output itself, so output i belongs to
 * sibling i + 1.
 * @param state the first of the work, if it has emitted
 */
export function takerIdOf(
  runId: string,
  state: number,
  { hasEmitted }: { readonly hasEmitted?: boolean },
  output: number,
): string {
  return stateIdOf(runId, state, hasEmitted ? output + 1 : output);
}

/** Undefined: not an id that a state can have. */
export function parseStateId(stateId: string): StateAddress | undefined {
  const [runId = '', state = '', output = '0', ...rest] = stateId.split('.');
  if (runId === '' || rest.length > 0 || !isNumber(state) || !isNumber(output) || state === '0')
    return undefined;
  return { runId, state: Number(state), output: Number(output) };
}

function isNumber(text: string): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(text);
}
