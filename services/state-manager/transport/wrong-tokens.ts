import { LRUCache } from 'lru-cache';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';

/** Wrong tokens of an address that are answered at once: mistakes happen. */
const freeMistakes = 5;
/** Time that the next one waits for its answer, milliseconds; each one after it waits twice as long. */
const firstDelayMs = 20;
/** Time that no wrong token waits longer, milliseconds. */
const longestDelayMs = 5_000;
/** Wrong tokens of one address that may wait for their answer at once. */
const maxWaiting = 500;
/** Time between two lines in the log about one address, and after which an address without wrong tokens is forgotten, milliseconds. */
const logEveryMs = 60_000;
/** Addresses and right tokens that are remembered, the latest ones. */
const maxAddresses = 10_000;
const maxRightTokens = 10_000;

/** An address from which wrong tokens have come. */
interface Offender {
  /** Since it was last quiet for a minute. */
  tokens: number;
  /** Since the log told of it. */
  untold: number;
  waiting: number;
  readonly timer: NodeJS.Timeout;
}

export interface WrongTokens {
  /** Remembers a right token: it is looked up also while its address is flooding. */
  wasRight(bearer: string): void;
  /**
   * Refuses a token of which nothing is known while very many wrong ones of its address wait: without looking it up.
   * @throws FanoutError TOO_MANY_CALLS
   */
  checkFlood(peer: string, bearer: string): void;
  /** Counts and logs a wrong token, and resolves when it may be answered: one that was right until now, at once. */
  slowDown(peer: string, bearer: string): Promise<void>;
  stop(): void;
}

/** The address of a peer, without its port. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/**
 * Makes guessing slow, for each address by itself, and tells the log of it once a minute. Right tokens of the same address,
 * which may be that of many, wait for nothing.
 */
export function createWrongTokens(log: Log): WrongTokens {
  const right = new LRUCache<string, true>({ max: maxRightTokens });
  const offenders = new LRUCache<string, Offender>({
    max: maxAddresses,
    dispose: ({ timer }) => clearInterval(timer),
  });

  function tell(address: string, offender: Offender): void {
    log.warn({ event: 'tokens_refused', peer: address, count: offender.untold });
    offender.untold = 0;
  }

  function offenderAt(address: string): Offender {
    const known = offenders.get(address);
    if (known) return known;
    const timer = setInterval(() => {
      if (offender.untold > 0) tell(address, offender);
      else if (offender.waiting === 0) offenders.delete(address);
    }, logEveryMs).unref();
    const offender: Offender = { tokens: 0, untold: 0, waiting: 0, timer };
    offenders.set(address, offender);
    return offender;
  }

  return {
    wasRight(bearer) {
      if (bearer !== '') right.set(bearer, true);
    },
    checkFlood(peer, bearer) {
      const offender = offenders.peek(addressOf(peer));
      if (offender === undefined || offender.waiting < maxWaiting || right.has(bearer)) return;
      offender.tokens++;
      offender.untold++;
      throw new FanoutError(
        'TOO_MANY_CALLS',
        `more than ${maxWaiting} wrong tokens from this address wait for their answer: end what sends them, then try again`,
        { retryAfterMs: longestDelayMs },
      );
    },
    async slowDown(peer, bearer) {
      // Revoked or expired: nobody has guessed it.
      if (right.delete(bearer)) return;
      const address = addressOf(peer);
      const offender = offenderAt(address);
      offender.untold++;
      if (offender.tokens++ === 0) tell(address, offender);
      if (offender.tokens <= freeMistakes) return;
      offender.waiting++;
      const doublings = Math.min(20, offender.tokens - freeMistakes - 1);
      await delay(Math.min(longestDelayMs, firstDelayMs * 2 ** doublings));
      offender.waiting--;
    },
    stop: () => offenders.clear(),
  };
}
