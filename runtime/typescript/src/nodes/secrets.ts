/** Secrets by name. */
export type Secrets = Readonly<Record<string, string>>;

/** The text that stands for the value of a secret wherever it must not be seen. */
export const secretPlaceholder = '***';

/** A shorter secret is found in too many texts that have nothing to do with it. */
const minHidden = 4;
/** Levels of a log line's fields that are looked through. */
const deepest = 8;

/** The text with the placeholder for each secret in it. */
export function hideSecrets(text: string, secrets: Secrets): string {
  let hidden = text;
  for (const value of hideable(secrets)) hidden = hidden.replaceAll(value, secretPlaceholder);
  return hidden;
}

/** A value, as it would be written as JSON, with the placeholder for each secret in its texts. */
export function hideSecretsIn<T>(value: T, secrets: Secrets): T {
  return hideable(secrets).length === 0 ? value : (hideBelow(value, secrets, deepest) as T);
}

function hideBelow(value: unknown, secrets: Secrets, depth: number): unknown {
  if (typeof value === 'string') return hideSecrets(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return secretPlaceholder;
  if (value instanceof Error) {
    const hidden = new Error(hideSecrets(value.message, secrets));
    return Object.assign(hidden, { name: value.name, stack: hideSecrets(value.stack ?? '', secrets) });
  }
  if (Array.isArray(value)) return value.map((item) => hideBelow(item, secrets, depth - 1));
  const written = value as { toJSON?: unknown };
  if (typeof written.toJSON === 'function') return hideBelow(written.toJSON(), secrets, depth - 1);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      hideSecrets(key, secrets),
      hideBelow(member, secrets, depth - 1),
    ]),
  );
}

/** The longest first, so that one that contains another is hidden as a whole. */
function hideable(secrets: Secrets): string[] {
  return Object.values(secrets)
    .filter((value) => value.length >= minHidden)
    .sort((left, right) => right.length - left.length);
}
