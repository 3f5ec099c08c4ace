import { Effort } from '../domain/json/json-schema.ts';
import {
  type CheckedUpload,
  charactersOf,
  checkUpload,
  type Upload,
} from '../domain/template/check-upload.ts';
import type { TemplateChecker } from '../engine/ports/template-checker.ts';
import { assertNever, FanoutError } from '../errors.ts';
import { LoopAllowance } from '../loop-allowance.ts';
import type { CheckThreads, Unanswered } from './check-threads.ts';

/** Characters of an upload that the event loop checks, and steps that it may take to compare it with schemas: some 10 ms. */
const maxLoopCharacters = 16_384;
const maxLoopSteps = 10_000;
/**
 * Time that a check in a thread has beside the time that every check has, milliseconds. The largest one takes a third of a second of
 * processor time, and none more than in proportion to its size: so a machine that has much else to do refuses nothing.
 */
const defaultExtraMs = 10_000;
/** Time after which an upload that was refused may be tried again, milliseconds. */
const retryAfterMs = 1_000;

/**
 * Checks templates. The event loop does what is small, as long as it takes few steps to compare and the namespace has not taken more
 * than its share of the loop. Threads do all else.
 */
export class BoundedTemplateChecker implements TemplateChecker {
  readonly #threads: CheckThreads;
  readonly #extraMs: number;
  readonly #allowance = new LoopAllowance({ burstMs: 100, share: 0.2 });

  /** @param extraMs time that a check has beside the time that every check has, milliseconds */
  constructor(threads: CheckThreads, extraMs = defaultExtraMs) {
    this.#threads = threads;
    this.#extraMs = extraMs;
  }

  async check(upload: Upload): Promise<CheckedUpload> {
    const { namespace } = upload;
    const characters = charactersOf(upload);
    const checked = characters <= maxLoopCharacters ? this.#checkAtOnce(upload) : undefined;
    if (checked) return checked;
    const size = { characters, extraMs: this.#extraMs };
    const end = await this.#threads.check(namespace, 'template', upload, size);
    return end.kind === 'done' ? end.answer : this.#unchecked(namespace, end);
  }

  /** The check by the event loop; undefined: the namespace has had its share, or it takes too many steps. */
  #checkAtOnce(upload: Upload): CheckedUpload | undefined {
    if (!this.#allowance.has(upload.namespace)) return undefined;
    const startedAt = performance.now();
    const effort = new Effort(maxLoopSteps);
    const checked = checkUpload(upload, effort);
    this.#allowance.take(upload.namespace, startedAt);
    return effort.isSpent ? undefined : checked;
  }

  /** @throws FanoutError TOO_MANY_CALLS too many checks of the namespace wait */
  #unchecked(namespace: string, end: Unanswered): CheckedUpload {
    switch (end.kind) {
      case 'too_long':
        return tooCostly('in the time that this may take');
      case 'too_large':
        return tooCostly('in the memory that this may take');
      case 'refused': {
        const rule = `too many checks of the namespace "${namespace}" wait already: upload fewer templates at once, and this one again later`;
        throw new FanoutError('TOO_MANY_CALLS', rule, { retryAfterMs });
      }
      default:
        return assertNever(end);
    }
  }
}

function tooCostly(bound: string): CheckedUpload {
  const description = `the template cannot be checked ${bound}: split the graph, or shorten the schemas of its nodes`;
  return { violations: [{ path: '$', code: 'TEMPLATE_TOO_COSTLY', description }], warnings: [] };
}
