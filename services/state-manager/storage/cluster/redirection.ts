/** Answers of a node that does not have a slot, or not all of it. */
import type { NodeName } from './slot-map.ts';

/** The node to send a command to again, which nobody has executed. */
export interface Redirection {
  readonly slot: number;
  readonly node: NodeName;
  /** The slot is on its way there: this command only, behind ASKING. */
  readonly isAsk: boolean;
}

/**
 * Reads MOVED and ASK.
 * @param from the node that has answered: an answer without a host means the same
 */
export function readRedirection({ message }: Error, from: NodeName | undefined): Redirection | undefined {
  const [, word, slot, host, port] = /^(MOVED|ASK) (\d+) (\S*):(\d+)/.exec(message) ?? [];
  if (word === undefined) return undefined;
  const node =
    host === '' || host === '?' ? `${from?.replace(/:\d+$/, '') ?? ''}:${port}` : `${host}:${port}`;
  return { slot: Number(slot), node, isAsk: word === 'ASK' };
}

/** True if an error says that who has which slot is to be asked anew. */
export function isOfCluster({ message }: Error): boolean {
  return /^(?:MOVED|ASK|CLUSTERDOWN|READONLY|MASTERDOWN)\b/.test(message);
}
