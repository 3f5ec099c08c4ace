/** Code of the user's around an execution of a node, or around a call: for traces, reports of errors, the context of a tenant. */

/**
 * Code around something that happens. It calls `next` once, and awaits it: what it does before comes before, what it
 * does after comes after. `next` throws what went wrong inside; an error that the code itself throws takes its place. What it
 * returns counts for nothing.
 */
export type Around<Subject> = (subject: Subject, next: () => Promise<unknown>) => unknown;

/** One, or several, of which the first is the outermost. */
export type Arounds<Subject> = Around<Subject> | readonly Around<Subject>[];

/** A list of what was given. @throws TypeError something in it is no function */
export function listOfArounds<Subject>(arounds: Arounds<Subject> = []): readonly Around<Subject>[] {
  const list = typeof arounds === 'function' ? [arounds] : arounds;
  if (Array.isArray(list) && list.every((around) => typeof around === 'function')) return list;
  throw new TypeError('around: give a function, or a list of functions: async (subject, next) => { … }');
}

/**
 * Does something with code around it, and gives what it came to. Whatever the code does, the end is awaited, and an
 * error that it keeps to itself is thrown all the same: nothing would be there in its place.
 * @throws what `action` or the code around it throws; Error: the code never called `next`, or did so twice
 */
export async function surrounded<Subject, T>(
  arounds: readonly Around<Subject>[],
  subject: Subject,
  action: () => Promise<T>,
): Promise<T> {
  const [outermost, ...inner] = arounds;
  if (!outermost) return action();
  let going: Promise<T> | undefined;
  const next = async (): Promise<unknown> => {
    if (going) throw new Error('around: next() was called twice, and what it does happens once');
    going = surrounded(inner, subject, action);
    return going;
  };
  try {
    await outermost(subject, next);
  } catch (error) {
    // It may have thrown without waiting: nothing goes on behind the error.
    await going?.catch(() => undefined);
    throw error;
  }
  if (!going) throw new Error('around: next() was never called, so nothing has happened: call it once');
  return going;
}
