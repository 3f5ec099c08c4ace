/** A Redis and a state manager, as a scenario wants them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { type Certificate, createAuthority } from '../../../test/support/certificates.ts';
import { startTestRedis, type TestRedis } from '../../../test/support/redis.ts';
import { newSecretKey } from '../../../test/support/secret-keys.ts';
import { startTestStateManager, type TestStateManager } from '../../../test/support/state-manager.ts';
import { Caller } from './caller.ts';
import type { Scenario } from './scenario.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Certificates of a state manager and of those who call it. */
class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'fanout-conformance-tls-'));
  readonly ca: Buffer;
  readonly own: Certificate;

  constructor() {
    const authority = createAuthority('conformance');
    this.ca = authority.cert;
    this.own = authority.issue();
    const server = authority.issue();
    const files = { ca: this.ca, cert: this.own.cert, key: this.own.key };
    for (const [name, bytes] of Object.entries({ ...files, server: server.cert, 'server-key': server.key }))
      writeFileSync(this.file(name), bytes);
  }

  file(name: string): string {
    return join(this.folder, `${name}.pem`);
  }

  /** Settings of the state manager. */
  settings(isMutual: boolean): Record<string, string> {
    return {
      FANOUT_TLS_CERT: this.file('server'),
      FANOUT_TLS_KEY: this.file('server-key'),
      ...(isMutual && { FANOUT_TLS_CA: this.file('ca') }),
    };
  }
}

/** On a busy machine nothing is lost that no scenario wants lost. */
const patient = { FANOUT_LEASE_MS: '60000', FANOUT_GRACE_MS: '60000' };
const adminToken = 'the-admin-token-of-the-conformance-suite';

export class Servers {
  readonly #redis: TestRedis;
  readonly #access: Scenario['access'];
  readonly #settings: Readonly<Record<string, string>>;
  readonly #certificates: Certificates | undefined;
  readonly #all: TestStateManager[] = [];

  private constructor(redis: TestRedis, access: Scenario['access'], certificates?: Certificates) {
    this.#redis = redis;
    this.#access = access;
    this.#certificates = certificates;
    this.#settings = {
      ...patient,
      FANOUT_SECRET_KEYS: newSecretKey('first'),
      ...(access === 'tokens' && { FANOUT_ADMIN_TOKEN: adminToken }),
      ...certificates?.settings(access === 'mutual_tls'),
    };
  }

  static async start({ access, settings }: Pick<Scenario, 'access' | 'settings'>): Promise<Servers> {
    const certificates = access.endsWith('tls') ? new Certificates() : undefined;
    const servers = new Servers(await startTestRedis(), access, certificates);
    Object.assign(servers.#settings, settings);
    await servers.startStateManager();
    return servers;
  }

  /** The address of the newest state manager. */
  get address(): string {
    return this.#newest.address;
  }

  get wantsTokens(): boolean {
    return this.#access === 'tokens';
  }

  /** True: what passes cannot be read on its way. */
  get isEncrypted(): boolean {
    return this.#certificates !== undefined;
  }

  /** Files with which a host calls; without a certificate of its own, or where none is asked for: the authority. */
  tlsFiles(withCertificate: boolean): TlsFiles | undefined {
    const files = this.#certificates;
    if (!files) return undefined;
    const own = { cert: files.file('cert'), key: files.file('key') };
    return { ca: files.file('ca'), ...(withCertificate && this.#access === 'mutual_tls' && own) };
  }

  /** A client in a namespace. */
  caller(namespace: string): Caller {
    const { ca, own } = this.#certificates ?? {};
    const credentials = ca && own ? grpc.credentials.createSsl(ca, own.key, own.cert) : undefined;
    const token = this.wantsTokens ? adminToken : undefined;
    return new Caller({ address: this.address, namespace, token, credentials });
  }

  /** True if a state manager has logged such an event. */
  hasLogged(event: string): boolean {
    return this.#all.some((each) => each.events(event).length > 0);
  }

  async startStateManager(): Promise<void> {
    this.#all.push(await startTestStateManager(this.#redis, this.#settings));
  }

  async killStateManager(): Promise<void> {
    await this.#newest.kill();
  }

  /** Starts another state manager, and tells the one before to stop; does not wait for its end. */
  async replaceStateManager(): Promise<void> {
    const before = this.#newest;
    await this.startStateManager();
    before.signal('SIGTERM');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((each) => each.stop()));
    await this.#redis.stop();
    if (this.#certificates) rmSync(this.#certificates.folder, { recursive: true });
  }

  get #newest(): TestStateManager {
    return this.#all.at(-1)!;
  }
}
