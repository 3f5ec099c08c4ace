import { createHash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { quoted } from '../../domain/json/json.ts';
import type { SealedSecret, StoredGraph } from '../../domain/model/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { OpenedSecret } from '../../domain/template/template-secrets.ts';
import { assertNever } from '../../errors.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { RunHeader } from '../ports/loaded-run.ts';
import type { SecretVault } from '../ports/secret-vault.ts';

/** Secrets by name. */
type OpenedSecrets = ReadonlyMap<string, OpenedSecret>;

/** A version of a graph. */
type Version = Pick<StoredGraph, 'namespace' | 'name' | 'version'>;

/** Versions whose secrets are kept in memory. */
const maxVersions = 500;

/** The secrets of graphs: sealed in storage, open in memory only. */
export class Secrets {
  readonly #catalog: CatalogStorage;
  readonly #vault: SecretVault;
  readonly #opened = new LRUCache<string, OpenedSecrets>({ max: maxVersions });

  constructor(catalog: CatalogStorage, vault: SecretVault) {
    this.#catalog = catalog;
    this.#vault = vault;
  }

  get canSeal(): boolean {
    return this.#vault.sealingKeyId !== undefined;
  }

  /** Seals values for one version. */
  seal(version: Version, values: ReadonlyMap<string, string>): Pick<StoredGraph, 'sealedSecrets'> {
    if (values.size === 0) return {};
    const sealed = [...values].map(
      ([name, value]) => [name, this.#vault.seal(value, placeOf(version, name))] as const,
    );
    return { sealedSecrets: Object.fromEntries(sealed) };
  }

  /** Opens every secret of a stored version. */
  open(graph: StoredGraph): OpenedSecrets {
    return new Map(
      Object.entries(graph.sealedSecrets ?? {}).map(([name, sealed]) => [
        name,
        this.#open(sealed, graph, name),
      ]),
    );
  }

  /** True if a stored version has a secret that is sealed with another key than new ones are. */
  isOutdated({ sealedSecrets = {} }: StoredGraph): boolean {
    return Object.values(sealedSecrets).some(({ keyId }) => keyId !== this.#vault.sealingKeyId);
  }

  /** The secrets of the version that a run has. */
  async ofRun({ namespace, graphName, graphVersion }: RunHeader): Promise<OpenedSecrets> {
    const key = `${namespace}:${graphName}:${graphVersion}`;
    const known = this.#opened.get(key);
    if (known) return known;
    const stored = await this.#catalog.version(namespace, graphName, graphVersion);
    const opened = stored ? this.open(stored) : new Map<string, OpenedSecret>();
    // What does not open now may be sealed anew by a state manager that has the key.
    if ([...opened.values()].every(({ kind }) => kind === 'value')) this.#opened.set(key, opened);
    return opened;
  }

  #open(sealed: SealedSecret, version: Version, name: string): OpenedSecret {
    const result = this.#vault.open(sealed, placeOf(version, name));
    switch (result.kind) {
      case 'opened':
        return { kind: 'value', value: result.value };
      case 'unknown_key':
        return { kind: 'failure', failure: unknownKey(name, sealed.keyId) };
      case 'broken':
        return { kind: 'failure', failure: broken(name, sealed.keyId) };
      default:
        return assertNever(result);
    }
  }
}

/** The secrets that a node gets: those that it declares, undefined if it declares none; or why it cannot run. */
export function secretsFor(
  nodeName: string,
  declared: readonly string[],
  opened: OpenedSecrets,
  { graphName, graphVersion }: RunHeader,
): { readonly values: Readonly<Record<string, string>> | undefined } | { readonly failure: Failure } {
  if (declared.length === 0) return { values: undefined };
  const values: Record<string, string> = {};
  for (const name of declared) {
    const secret = opened.get(name);
    if (secret === undefined) return { failure: missing(nodeName, name, graphName, graphVersion) };
    if (secret.kind === 'failure') return { failure: secret.failure };
    values[name] = secret.value;
  }
  return { values };
}

/** True if two secrets are the same; how long that takes does not tell how far they are. */
export function isSameSecret(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function placeOf({ namespace, name: graphName, version: graphVersion }: Version, name: string) {
  return { namespace, graphName, graphVersion, name };
}

function unknownKey(name: string, keyId: string): Failure {
  const message =
    `the secret ${quoted(name)} is sealed with the key "${keyId}", which this state manager does not have: ` +
    'add the key to FANOUT_SECRET_KEYS, or upload the graph with the value';
  return { code: 'SECRET_KEY_UNKNOWN', message };
}

function broken(name: string, keyId: string): Failure {
  const message =
    `the secret ${quoted(name)} does not open with the key "${keyId}", which is another one than it was sealed with, ` +
    'or what is stored was changed: correct FANOUT_SECRET_KEYS, or upload the graph with the value';
  return { code: 'SECRET_UNREADABLE', message };
}

function missing(nodeName: string, name: string, graphName: string, graphVersion: number): Failure {
  const message =
    `the node "${nodeName}" needs the secret ${quoted(name)}, which version ${graphVersion} of the graph "${graphName}" lacks: ` +
    'add it to "secrets" and upload the graph';
  return { code: 'SECRET_MISSING', message };
}
