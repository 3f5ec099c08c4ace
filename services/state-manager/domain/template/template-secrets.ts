import { readJson, writeJson } from '../json/exact-json.ts';
import { isJsonObject, memberPath, own, quoted, utf8Length } from '../json/json.ts';
import { jsonObject, mapOf, type Reader, text } from '../json/read-json.ts';
import type { Violations } from '../json/violations.ts';
import type { Failure } from '../model/state.ts';

/** Stands for the value of a secret in every template that is read, and keeps the stored value in one that is uploaded. */
export const secretPlaceholder = '***';

const maxSecrets = 100;
const maxSecretBytes = 32 * 1024;

/** A secret of a stored version: its value, or why it cannot be had. */
export type OpenedSecret =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'failure'; readonly failure: Failure };

/** The facts that decide over the secrets of a template that is to be stored. */
export interface KnownSecrets {
  /** False: there is no key to seal them with. */
  readonly canSeal: boolean;
  /** Secrets of the newest version, by name. */
  readonly stored: ReadonlyMap<string, OpenedSecret>;
}

/** True if a graph and a node can have a secret of that name. */
function isSecretName(name: string): boolean {
  // A plain object that maps names would lose the key `__proto__`.
  return /^[A-Za-z0-9_.-]{1,128}$/.test(name) && name !== '__proto__';
}

// No message of this file shows a value, not even a part of one: messages are logged and answered.
const secretValue: Reader<string> = (value, path, violations) => {
  const read = text(value, path, violations);
  if (read === undefined) return undefined;
  const bytes = utf8Length(read);
  if (bytes > maxSecretBytes) {
    violations.add(
      path,
      'INVALID_SECRET',
      () =>
        `the secret has ${bytes} bytes and can have ${maxSecretBytes}: pass on a reference to what is larger`,
    );
    return undefined;
  }
  if (/\p{Surrogate}/u.test(read)) {
    violations.add(
      path,
      'INVALID_SECRET',
      () => 'the secret has half a surrogate pair, which is no character: write it as base64',
    );
    return undefined;
  }
  return read;
};

const secretMap = mapOf(secretValue);

/** The values of secrets, by name. */
export const secretValues: Reader<ReadonlyMap<string, string>> = (value, path, violations) => {
  const names = Object.keys(jsonObject(value, path, violations) ?? {});
  if (names.length > maxSecrets) {
    violations.add(
      path,
      'INVALID_SECRET',
      () => `a graph has at most ${maxSecrets} secrets and this has ${names.length}: split the graph`,
    );
  }
  for (const name of names) {
    if (isSecretName(name)) continue;
    violations.add(
      path,
      'INVALID_SECRET',
      () => `the name ${quoted(name)} of a secret must be 1 to 128 letters, digits, _, . and -: rename it`,
    );
  }
  return isJsonObject(value) ? secretMap(value, path, violations) : undefined;
};

/** Checks that every secret can be stored, and that every value that is to be kept is there. */
export function checkSecretValues(
  secrets: ReadonlyMap<string, string>,
  { canSeal, stored }: KnownSecrets,
  violations: Violations,
): void {
  if (secrets.size === 0) return;
  if (!canSeal) {
    violations.add(
      '$.secrets',
      'SECRETS_NOT_CONFIGURED',
      () =>
        'this state manager has no key to seal secrets with: start it with FANOUT_SECRET_KEYS, or remove "secrets"',
    );
    return;
  }
  for (const [name, value] of secrets) {
    if (value !== secretPlaceholder) continue;
    const kept = stored.get(name);
    if (kept?.kind === 'value') continue;
    violations.add(memberPath('$.secrets', name), 'SECRET_NOT_STORED', () => {
      if (kept) return `${kept.failure.message}, instead of "${secretPlaceholder}"`;
      return `"${secretPlaceholder}" keeps the value that the newest version of the graph has, and there is none of ${quoted(name)}: write the value`;
    });
  }
}

/** A template without the values of its secrets. */
export interface SplitTemplate {
  /** The template with the placeholder for each value. */
  readonly templateJson: string;
  /** Values as they were uploaded, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Takes the values of secrets out of a template, which has no violation. */
export function splitSecrets(templateJson: string): SplitTemplate {
  // A key can be there twice, or be written with escapes: only a template that cannot spell it stays as it is.
  if (!/secrets|\\u/.test(templateJson)) return { templateJson, secrets: new Map() };
  const template = readJson(templateJson);
  const found = isJsonObject(template) ? own(template, 'secrets') : undefined;
  if (!isJsonObject(template) || !isJsonObject(found))
    return { templateJson: writeJson(template), secrets: new Map() };
  const secrets = Object.entries(found) as [string, string][];
  const hidden = Object.fromEntries(secrets.map(([name]) => [name, secretPlaceholder]));
  return { templateJson: writeJson({ ...template, secrets: hidden }), secrets: new Map(secrets) };
}
