/** Stands for a service that makes reports: each is ready when it has been asked for three times. */
const asked = new Map<string, number>();
const asksUntilReady = 3;

/** A report has as many rows as its name has letters behind the first; so `x` is empty. */
export function readReport(name: string): 'PENDING' | { readonly rows: number } {
  const asks = (asked.get(name) ?? 0) + 1;
  asked.set(name, asks);
  return asks < asksUntilReady ? 'PENDING' : { rows: name.length - 1 };
}
