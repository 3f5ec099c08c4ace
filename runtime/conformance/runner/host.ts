/** A host process with its wire. README.md has the contract. */
import { type RunningProcess, startProcess } from '../../../scripts/processes.ts';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import type { HostCommand } from './languages.ts';
import type { HostPlan } from './scenario.ts';
import type { Servers } from './servers.ts';
import { Wire } from './wire.ts';

/** A line of a host: `connected`, `said` or `failed`. */
export interface HostLine {
  readonly host: string;
  readonly [field: string]: unknown;
}

export interface HostOptions {
  readonly name: string;
  readonly command: HostCommand;
  readonly servers: Servers;
  readonly namespace: string;
  readonly gates: string;
  readonly plan: HostPlan;
  readonly nodes: readonly string[];
}

const kinds = ['connected', 'said', 'failed'];
/** Time from SIGTERM to SIGKILL beside that which running work gets, milliseconds. */
const graceMs = 10_000;
/** Longest that a listener listens. */
const foreverMs = 2 ** 31 - 1;

export class Host {
  readonly name: string;
  /** Undefined where it is encrypted. */
  readonly wire: Wire | undefined;
  /** Lines of all of its processes. */
  readonly lines: HostLine[] = [];
  readonly #options: HostOptions;
  readonly #way: Wire | TcpProxy;
  #process: RunningProcess | undefined;
  #token: { readonly bearer: string; readonly tokenId: string } | undefined;
  /** Exit code, or the signal; undefined: it runs, or was never started. */
  #exit: number | string | undefined;

  /** @param way to its state manager; what passes on one that is no wire is encrypted */
  private constructor(options: HostOptions, way: Wire | TcpProxy) {
    this.name = options.name;
    this.#options = options;
    this.#way = way;
    this.wire = way instanceof Wire ? way : undefined;
  }

  /** Makes a host that is not started yet. */
  static async create(options: HostOptions): Promise<Host> {
    const { servers } = options;
    const target = () => servers.address;
    return new Host(options, await (servers.isEncrypted ? startTcpProxy(target) : Wire.start(target)));
  }

  get exit(): number | string | undefined {
    return this.#exit;
  }

  /** Connections that it has ever made. */
  get connections(): number {
    return this.#way.connections;
  }

  /** True: it is never to be connected. */
  get isShutOut(): boolean {
    return this.#options.plan.is_shut_out;
  }

  /** True: a step starts it. */
  get startsLater(): boolean {
    return this.#options.plan.starts_later;
  }

  get tokenId(): string {
    if (!this.#token) throw new Error(`host ${this.name} has no token of its own`);
    return this.#token.tokenId;
  }

  /** Starts its process and waits until it is connected, or has ended if it is to be refused; not if it is to be shut out. @throws Error it is not */
  async start(): Promise<void> {
    const { command, plan } = this.#options;
    this.#exit = undefined;
    const settings = JSON.stringify(await this.#settings());
    const process = await startProcess({
      name: `${command.language} host ${this.name}`,
      command: command.command,
      arguments: [...command.arguments, settings],
      graceMs: graceMs + plan.drain_timeout_ms,
      ...(command.env && { env: command.env }),
    });
    this.#process = process;
    const ended = process.exited.then(({ code, signal }) => {
      this.#exit = code ?? signal ?? undefined;
    });
    // Listens until the process ends, which rejects.
    const collected = process.waitForLine((line) => this.#collect(line), { timeoutMs: foreverMs });
    collected.catch(() => undefined);
    if (plan.is_refused) await ended;
    else if (!plan.is_shut_out) await process.waitForLine(sayingThatItIsConnected);
  }

  /** SIGTERM, without waiting. */
  terminate(): void {
    if (this.#process) process.kill(this.#process.pid, 'SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#process?.kill('SIGKILL');
  }

  /** The end of what it has written, for people. */
  get lastWords(): string {
    return (this.#process?.lines ?? []).slice(-10).join('\n');
  }

  /** Lets it finish what runs and leave. Harmless twice. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Takes its way to the state manager away. */
  async close(): Promise<void> {
    await this.stop();
    await this.#way.stop();
  }

  #collect(line: string): undefined {
    const read = readLine(line);
    if (read) this.lines.push(read);
  }

  async #settings(): Promise<Readonly<Record<string, unknown>>> {
    const { servers, namespace, nodes, gates, plan } = this.#options;
    const token = await this.#bearer();
    const tls = servers.tlsFiles(plan.certificate === 'own');
    return {
      address: this.#way.address,
      namespace,
      nodes,
      gates,
      concurrency: plan.concurrency,
      drain_timeout_ms: plan.drain_timeout_ms,
      ...(plan.node_concurrency && { node_concurrency: plan.node_concurrency }),
      ...(token !== undefined && { token }),
      ...(tls && { tls }),
    };
  }

  async #bearer(): Promise<string | undefined> {
    const { servers, namespace, plan } = this.#options;
    if (plan.token === 'wrong') return 'a-token-that-nobody-made';
    if (plan.token === 'none' || !servers.wantsTokens) return undefined;
    if (!this.#token) {
      const caller = servers.caller(namespace);
      this.#token = await caller.createToken();
      caller.close();
    }
    return this.#token.bearer;
  }
}

/** A node may have said something, or ended the process, before it could be told that it is connected. */
function sayingThatItIsConnected(line: string): true | undefined {
  const kind = readLine(line)?.host;
  return kind === 'connected' || kind === 'said' ? true : undefined;
}

/** A line of the contract; undefined: it is for people. */
function readLine(line: string): HostLine | undefined {
  if (!line.startsWith('{') || !line.includes('"host"')) return undefined;
  const read = parse(line);
  return kinds.includes(read?.host as string) ? (read as HostLine) : undefined;
}

/** What is said to people may begin like JSON. */
function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
