import type { CheckedUpload, Upload } from '../../domain/template/check-upload.ts';

/**
 * Checks templates that are uploaded or validated. What is small is checked at once; the rest is checked beside the event loop, with a
 * bound on time and memory, each namespace in its turn.
 */
export interface TemplateChecker {
  /** @throws FanoutError TOO_MANY_CALLS (too many checks of the namespace wait). */
  check(upload: Upload): Promise<CheckedUpload>;
}
