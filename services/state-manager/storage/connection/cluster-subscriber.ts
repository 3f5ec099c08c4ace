import type { Redis } from 'ioredis';
import type { NodeName } from '../cluster/slot-map.ts';
import { answered } from './redis.ts';

/** Milliseconds before another node is tried. */
const pauseMs = 100;

/**
 * Listens at one master of a Cluster: the nodes pass on to each other whatever is published on one. Where that master is
 * lost, or is one no more, it listens at another.
 */
export class ClusterSubscriber {
  readonly #connect: (node: NodeName) => Redis;
  readonly #masters: () => ReadonlySet<NodeName>;
  readonly #channels: string[] = [];
  #listener: (channel: string, message: string) => void = () => {};
  #onReady: () => void = () => {};
  #node: NodeName | undefined;
  #connection: Redis | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isListening = false;
  #isClosed = false;

  constructor(parts: {
    connect: (node: NodeName) => Redis;
    masters: () => ReadonlySet<NodeName>;
  }) {
    this.#connect = parts.connect;
    this.#masters = parts.masters;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** Calls whenever it listens again. */
  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  /** Begins at some master, from which on `subscribe` may be called. @throws Error of the connection, or of Redis */
  async start(): Promise<void> {
    await this.#listen();
  }

  /** @throws Error of the connection, or of Redis */
  async subscribe(
    channels: readonly string[],
    listener: (channel: string, message: string) => void,
  ): Promise<void> {
    this.#listener = listener;
    this.#channels.push(...channels);
    await this.#connection?.subscribe(...channels);
  }

  /** Makes sure that it would hear: closes a connection that does not answer. @throws Error of the connection, or of Redis */
  async check(): Promise<void> {
    const connection = this.#connection;
    if (!connection || !this.#isListening) throw new Error('Connection is closed, the one that listens.');
    await answered(connection, connection.ping());
  }

  /** Leaves a node that is no master any more. */
  follow(): void {
    if (this.#node !== undefined && !this.#masters().has(this.#node)) this.#connection?.stream?.destroy();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection?.disconnect();
  }

  async #listen(): Promise<void> {
    const node = this.#next();
    if (node === undefined) throw new Error('Connection is closed, and no master is known.');
    const connection = this.#connect(node);
    this.#node = node;
    this.#connection = connection;
    connection.on('message', (channel, message) => this.#listener(channel, message));
    // Another node may be there at once, where this one may take its time to come back.
    connection.once('close', () => {
      connection.disconnect();
      if (this.#connection === connection) this.#again();
    });
    await connection.connect();
    if (this.#channels.length > 0) await connection.subscribe(...this.#channels);
    if (connection.status !== 'ready') return;
    this.#isListening = true;
    this.#onReady();
  }

  #again(): void {
    this.#isListening = false;
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#listen().catch(() => {
        this.#connection?.disconnect();
        this.#again();
      });
    }, pauseMs);
  }

  /** Another master than the last one, if there is one; at first any, so that state managers listen at different ones. */
  #next(): NodeName | undefined {
    const masters = [...this.#masters()];
    const others = masters.filter((node) => node !== this.#node);
    const among = others.length > 0 ? others : masters;
    return among[Math.floor(Math.random() * among.length)];
  }
}
