import type { Command, Redis } from 'ioredis';
import { isOfCluster, type Redirection, readRedirection } from './redirection.ts';
import type { NodeName, SlotMap } from './slot-map.ts';

/** Redirections that one command follows: more of them mean that nodes disagree, which passes. */
const maxRedirections = 5;

/**
 * One connection to each master of a Cluster. Commands go to the master that has their slot; what it redirects has not
 * been executed, and is sent again where it says. Nothing else is sent twice.
 */
export class ClusterNodes {
  readonly #map: SlotMap;
  readonly #connect: (node: NodeName) => Redis;
  readonly #onTrouble: () => void;
  readonly #connections = new Map<NodeName, Redis>();
  /** Nodes that a slot is on its way to: they may have no other yet. */
  readonly #asked = new Set<NodeName>();
  readonly #corked = new Set<Redis['stream']>();

  /** @param onTrouble who has which slot is to be asked anew */
  constructor(parts: {
    map: SlotMap;
    connect: (node: NodeName) => Redis;
    onTrouble: () => void;
  }) {
    this.#map = parts.map;
    this.#connect = parts.connect;
    this.#onTrouble = parts.onTrouble;
  }

  get connections(): ReadonlyMap<NodeName, Redis> {
    return this.#connections;
  }

  /** True if there is a connection to each master, which can be used. */
  get isWhole(): boolean {
    return [...this.#map.masters].every((node) => this.#connections.get(node)?.status === 'ready');
  }

  /** Has a connection to each master, and to no other. @returns new ones, which are still to connect */
  follow(): Redis[] {
    const wanted = new Set(this.#map.masters);
    for (const node of this.#asked) {
      if (this.#connections.get(node)?.status === 'ready') wanted.add(node);
      else this.#asked.delete(node);
    }
    for (const [node, connection] of this.#connections) {
      if (wanted.has(node)) continue;
      connection.disconnect();
      this.#connections.delete(node);
    }
    return [...wanted].filter((node) => !this.#connections.has(node)).map((node) => this.#open(node));
  }

  /** Sends a command to the master of a slot. */
  send(command: Command, slot: number): void {
    let redirections = 0;
    let node = this.#map.masterOf(slot);
    const sent = { isOver: false };
    const reject = command.reject;
    command.reject = (error) => {
      if (sent.isOver) return;
      const redirection = redirections < maxRedirections ? readRedirection(error, node) : undefined;
      if (isOfCluster(error)) this.#onTrouble();
      if (redirection) {
        redirections++;
        node = redirection.node;
        this.#redirect(command, redirection, sent);
        return;
      }
      // What comes after this is for nobody: a command that has timed out is not to be sent again.
      sent.isOver = true;
      reject(error);
    };
    const connection = node === undefined ? undefined : this.#connections.get(node);
    if (connection) this.#write(connection, command);
    else command.reject(new Error(`CLUSTERDOWN no master is known that has slot ${slot}`));
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.disconnect();
  }

  #redirect(command: Command, { slot, node, isAsk }: Redirection, sent: { readonly isOver: boolean }): void {
    if (isAsk) this.#asked.add(node);
    else this.#map.move(slot, node);
    let connection = this.#connections.get(node);
    if (!connection) {
      connection = this.#open(node);
      connection.connect().catch(() => undefined);
    }
    const to = connection;
    const go = () => {
      if (sent.isOver) return;
      if (isAsk) to.asking().catch(() => undefined);
      this.#write(to, command);
    };
    // A node that was not known: the command's own time, which runs, is what it may take to connect.
    if (to.status === 'ready') go();
    else to.once('ready', go);
  }

  #open(node: NodeName): Redis {
    const connection = this.#connect(node);
    this.#connections.set(node, connection);
    return connection;
  }

  /** Writes what is sent to a node in one turn of the event loop at once, as a pipeline of one server is. */
  #write(connection: Redis, command: Command): void {
    const { stream } = connection;
    if (connection.status === 'ready' && !this.#corked.has(stream)) {
      this.#corked.add(stream);
      stream.cork();
      process.nextTick(() => {
        this.#corked.delete(stream);
        stream.uncork();
      });
    }
    connection.sendCommand(command);
  }
}
