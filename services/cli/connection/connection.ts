/** The state manager that a command speaks to: options, and the environment where they are absent. */
import { readFileSync } from 'node:fs';
import { Client, type ClientOptions } from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { environment } from '../environment.ts';
import { UsageError } from '../errors.ts';
import { exactJson } from '../json/exact-json.ts';
import { readText } from './json-input.ts';

/** Options of every command. */
export interface GlobalOptions {
  readonly address?: string;
  readonly namespace?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly json?: boolean;
}

/** Gives a program the options of every command. */
export function addGlobalOptions(program: Command): void {
  program
    .addOption(
      new Option(
        '--address <host:port>',
        'state managers, with commas between them (FANOUT_ADDRESS, else 127.0.0.1:7600)',
      ),
    )
    .addOption(new Option('--namespace <name>', 'the tenant (FANOUT_NAMESPACE, else that of the token)'))
    .addOption(
      new Option(
        '--token <text>',
        'bearer token; others on this machine can see it: prefer --token-file (FANOUT_TOKEN)',
      ),
    )
    .addOption(
      new Option('--token-file <file>', 'file with the bearer token, or - for standard input').conflicts(
        'token',
      ),
    )
    .addOption(new Option('--tls', 'speak TLS, and trust the authorities that Node trusts'))
    .addOption(new Option('--tls-ca <file>', 'speak TLS, and trust the authorities of this PEM file'))
    .addOption(
      new Option('--tls-cert <file>', 'PEM file with the certificate of this client, beside --tls-key'),
    )
    .addOption(new Option('--tls-key <file>', 'PEM file with the key of that certificate'))
    .addOption(new Option('--json', 'print JSON: one value a line'));
}

/** A client as the options say. @throws UsageError an option is wrong, or a file cannot be read */
export function createClient(options: GlobalOptions): Client {
  const { namespace = environment.FANOUT_NAMESPACE } = options;
  const tls = tlsOf(options);
  const clientOptions: ClientOptions = {
    addresses: addressesOf(options),
    namespace: namespace ?? '',
    token: tokenOf(options),
    json: exactJson,
    ...(tls && { tls }),
    // It would log of a run that stands still what `fanout why` says better.
    log: () => undefined,
  };
  try {
    return new Client(clientOptions);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, '"fanout --help" lists the options.');
    throw error;
  }
}

/** Addresses of the state managers, each `host:port`. */
export function addressesOf({ address = environment.FANOUT_ADDRESS }: GlobalOptions): string[] {
  return (address || '127.0.0.1:7600').split(',').map((each) => each.trim());
}

function tokenOf({ token, tokenFile }: GlobalOptions): string | undefined {
  if (tokenFile === undefined) return token ?? environment.FANOUT_TOKEN;
  const text = readText(tokenFile).trim();
  if (text === '') throw new UsageError(`--token-file: ${tokenFile} is empty`);
  return text;
}

function tlsOf({ tls, tlsCa, tlsCert, tlsKey }: GlobalOptions): ClientOptions['tls'] {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key go together: give both, or none');
  if (!tls && tlsCa === undefined && tlsCert === undefined) return undefined;
  return {
    ...(tlsCa !== undefined && { ca: readPem('--tls-ca', tlsCa) }),
    ...(tlsCert !== undefined && { cert: readPem('--tls-cert', tlsCert) }),
    ...(tlsKey !== undefined && { key: readPem('--tls-key', tlsKey) }),
  };
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}
