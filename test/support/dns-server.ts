/** A DNS server on the loopback interface that answers what it is told, and a process that asks no other. */

import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Resolvers ask at port 53 and at no other. */
const [host, port] = ['127.0.0.77', 53];
const [typeA, classIn] = [1, 1];

export interface DnsServer {
  /** Addresses of each name, as they are from now on. */
  readonly addresses: Map<string, readonly string[]>;
  /** Words before those of a command whose process has this server for all names. */
  readonly asking: readonly string[];
  stop(): void;
}

/** Starts it. @returns a sentence that says why not where this process may not: it takes the rights of root */
export async function startDnsServer(): Promise<DnsServer | string> {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-dns-'));
  const settings = join(folder, 'resolv.conf');
  writeFileSync(settings, `nameserver ${host}\noptions timeout:1 attempts:2\n`);
  const asking = [
    'unshare',
    '--mount',
    'sh',
    '-c',
    'mount --bind "$0" /etc/resolv.conf && exec "$@"',
    settings,
  ];
  const socket = createSocket('udp4');
  const stop = () => {
    socket.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    await promisify(execFile)(asking[0]!, [...asking.slice(1), 'true']);
  } catch (error) {
    stop();
    return `this needs the rights of root: ${(error as Error).message}`;
  }
  const addresses = new Map<string, readonly string[]>();
  socket.on('message', (query, { address, port: from }) => {
    socket.send(answerTo(query, addresses), from, address);
  });
  return { addresses, asking, stop };
}

/** The answer to a query with one question, as RFC 1035 has it, to be asked again each time. */
function answerTo(query: Buffer, addresses: ReadonlyMap<string, readonly string[]>): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const question = query.subarray(12, at + 5);
  const known = addresses.get(labels.join('.').toLowerCase());
  const found = query.readUInt16BE(at + 1) === typeA ? (known ?? []) : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // An answer of the one who knows best: no such name, or these.
  header.writeUInt16BE(0x8580 | (known ? 0 : 3), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  const records = found.map((address) => {
    const record = Buffer.alloc(16);
    // The name of the question, type, class, a life of 0 seconds, and four bytes.
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(typeA, 2);
    record.writeUInt16BE(classIn, 4);
    record.writeUInt16BE(4, 10);
    record.set(address.split('.').map(Number), 12);
    return record;
  });
  return Buffer.concat([header, question, ...records]);
}
