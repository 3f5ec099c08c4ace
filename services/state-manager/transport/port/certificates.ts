import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';

/** Names of PEM files. With `ca`, clients must show a certificate that it signed. */
interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}

/** Contents of the files, PEM. */
export interface Certificates {
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
 * Makes sure that a server can be given what the files hold.
 * @throws FanoutError FIELD_INVALID that names the setting, if the files cannot be used
 */
export function checkCertificates(files: TlsFiles): void {
  read(files);
}

/** The certificate of a server, and whom it trusts. */
export interface Identity {
  readonly certificates: Certificates;
  /**
   * Tells a listener whenever the files have changed, and what they held before. Files that do not fit change nothing.
   * @returns what ends that
   */
  onRenewed(listener: (found: Certificates, before: Certificates) => void): () => void;
}

/**
 * The certificate of a server, if it has one. Certificates are renewed without a restart: connections
 * keep theirs, new ones get the new.
 * @throws FanoutError FIELD_INVALID that names the setting, if the files cannot be used
 */
export function serverIdentity(files: TlsFiles | undefined, log: Log): Identity | undefined {
  if (!files) return undefined;
  let current = read(files);
  let problem = '';

  function look(listener: (found: Certificates, before: Certificates) => void): void {
    try {
      const found = read(files!);
      problem = '';
      if (areEqual(found, current)) return;
      const before = current;
      current = found;
      listener(found, before);
      log.info({ event: 'certificates_reloaded' });
    } catch (error) {
      // Renewed one after the other, the files may not fit for a moment.
      const { message } = error as Error;
      if (message !== problem) log.warn({ event: 'certificates_not_reloaded', error: message });
      problem = message;
    }
  }

  return {
    get certificates() {
      return current;
    },
    onRenewed(listener) {
      const timer = setInterval(() => look(listener), intervalMs).unref();
      return () => clearInterval(timer);
    },
  };
}
