/** The part of a run that a user names: all of it, or what grew from outputs of one execution. */
import type { State__Output } from '@fanout/proto';

export interface Area {
  /** Fields of the call. */
  readonly request: { readonly stateId?: string; readonly fanOut?: boolean };
  /** True if a state with this path lies in it. */
  includes(path: string): boolean;
}

export const wholeRun: Area = { request: {}, includes: () => true };

/**
 * All that grew from a state's own output, or with `fanOut` from all outputs of its execution. A unite over that
 * execution itself lies around it.
 * @param isOpen the node's fan-out is open: its states take no output themselves, so that nothing grew from the first one's
 */
export function areaBelow(
  { stateId = '', path = '' }: State__Output,
  fanOut: boolean,
  isOpen: boolean,
): Area {
  const sibling = Number(stateId.split('.')[2] ?? 0);
  const output = isOpen ? sibling - 1 : sibling;
  const begin = path === '' ? '' : `${path}/`;
  return {
    request: { stateId, ...(fanOut && { fanOut }) },
    includes: (other) => {
      if (other === path || !other.startsWith(begin)) return false;
      const [step = ''] = other.slice(begin.length).split('/');
      return fanOut ? !step.startsWith('u.') : step.startsWith(`${output}.`);
    },
  };
}
