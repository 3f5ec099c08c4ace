/** Secrets by name. */
export type Secrets = Readonly<Record<string, string>>;

/** The text that stands for the value of a secret wherever it must not be seen. */
export const secretPlaceholder = '***';

/** A shorter secret is found in too many texts that have nothing to do with it. */
const minHidden = 4;

/** The text with the placeholder for each secret in it. */
export function hideSecrets(text: string, secrets: Secrets): string {
  let hidden = text;
  for (const value of hideable(secrets)) hidden = hidden.replaceAll(value, secretPlaceholder);
  return hidden;
}

/** The longest first, so that one that contains another is hidden as a whole. */
function hideable(secrets: Secrets): string[] {
  return Object.values(secrets)
    .filter((value) => value.length >= minHidden)
    .sort((left, right) => right.length - left.length);
}
