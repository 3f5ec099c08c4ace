import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { experimental, ServerCredentials } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';

/** Names of PEM files. With `ca`, clients must show a certificate that it signed. */
interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}

interface Certificates {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** Time between two looks at the files, milliseconds. */
const intervalMs = 1_000;

function readFile(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FanoutError(
      'FIELD_INVALID',
      `${setting} names a file that cannot be read: ${(error as Error).message}`,
    );
  }
}

/** Reads the files, and makes sure that they fit together. */
function read(files: TlsFiles): Certificates {
  const certificates = {
    cert: readFile('FANOUT_TLS_CERT', files.cert),
    key: readFile('FANOUT_TLS_KEY', files.key),
    ...(files.ca && { ca: readFile('FANOUT_TLS_CA', files.ca) }),
  };
  try {
    createSecureContext(certificates);
  } catch (error) {
    throw new FanoutError(
      'FIELD_INVALID',
      `the files of FANOUT_TLS_CERT, FANOUT_TLS_KEY and FANOUT_TLS_CA do not fit together: ${(error as Error).message}`,
    );
  }
  return certificates;
}

function areEqual(left: Certificates, right: Certificates): boolean {
  return (['cert', 'key', 'ca'] as const).every(
    (part) => String(left[part] ?? '') === String(right[part] ?? ''),
  );
}

/**
 * Gives the server what the files hold, and again when that has changed. Files that do not fit change nothing.
 * The library's `FileWatcherCertificateProvider` does not do: its first read is asynchronous, so that bad files would not
 * stop the start, and a read that fails takes the identity away that the server has.
 */
class CertificateFiles implements experimental.CertificateProvider {
  readonly #files: TlsFiles;
  readonly #log: Log;
  readonly #onIdentity = new Set<experimental.IdentityCertificateUpdateListener>();
  readonly #onCa = new Set<experimental.CaCertificateUpdateListener>();
  #current: Certificates;
  #problem = '';
  #timer: NodeJS.Timeout | undefined;
  /** Told of authorities that have changed. */
  onAuthorities: ((authorities: Buffer) => void) | undefined;

  constructor(files: TlsFiles, log: Log) {
    this.#files = files;
    this.#log = log;
    this.#current = read(files);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#onIdentity.add(listener);
    this.#begin();
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#onIdentity.delete(listener);
    this.#end();
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#onCa.add(listener);
    this.#begin();
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#onCa.delete(listener);
    this.#end();
  }

  #begin(): void {
    // A listener that has just subscribed listens only when it is done with that.
    process.nextTick(() => this.#tell());
    this.#timer ??= setInterval(() => this.#look(), intervalMs).unref();
  }

  #end(): void {
    if (this.#onIdentity.size + this.#onCa.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    const { cert, key, ca } = this.#current;
    for (const listener of this.#onCa) listener(ca ? { caCertificate: ca } : null);
    for (const listener of this.#onIdentity) listener({ certificate: cert, privateKey: key });
  }

  #look(): void {
    try {
      const found = read(this.#files);
      this.#problem = '';
      if (areEqual(found, this.#current)) return;
      const before = this.#current;
      this.#current = found;
      this.#tell();
      this.#log.info({ event: 'certificates_reloaded' });
      // After the server has them, so that nobody comes back with what is trusted no more.
      if (found.ca && String(found.ca) !== String(before.ca)) this.onAuthorities?.(found.ca);
    } catch (error) {
      // Renewed one after the other, the files may not fit for a moment.
      const { message } = error as Error;
      if (message !== this.#problem) this.#log.warn({ event: 'certificates_not_reloaded', error: message });
      this.#problem = message;
    }
  }
}

/**
 * Makes sure that a server can be given what the files hold.
 * @throws FanoutError FIELD_INVALID that names the setting, if the files cannot be used
 */
export function checkCertificates(files: TlsFiles): void {
  read(files);
}

/** The certificate of a server, and whom it trusts. */
export interface Identity {
  readonly credentials: ServerCredentials;
  /** Has a listener told of the authorities of clients, as PEM, whenever they have changed. One listener. */
  onAuthorities(listener: (authorities: Buffer) => void): void;
}

/**
 * The certificate of a server, if it has one. Certificates are renewed without a restart: connections
 * keep theirs, new ones get the new.
 * @throws FanoutError FIELD_INVALID that names the setting, if the files cannot be used
 */
export function serverIdentity(files: TlsFiles | undefined, log: Log): Identity {
  if (!files) return { credentials: ServerCredentials.createInsecure(), onAuthorities: () => {} };
  const provider = new CertificateFiles(files, log);
  // The library calls the first one the CA's, and takes it for the server's own.
  const credentials = experimental.createCertificateProviderServerCredentials(
    provider,
    files.ca ? provider : null,
    files.ca !== undefined,
  );
  return {
    credentials,
    onAuthorities(listener) {
      provider.onAuthorities = listener;
    },
  };
}
