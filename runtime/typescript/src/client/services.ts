import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallRunsRequest,
  type CallRunsResponse__Output,
  type FollowLogsRequest,
  type FollowLogsResponse__Output,
  fanoutV1,
  type WatchRunRequest,
  type WatchRunResponse__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { type ChannelOptions, channelOptions, credentialsOf, metadataOf } from '../wire/channel.ts';
import { FanoutError } from '../wire/errors.ts';
import { allPages } from '../wire/pages.ts';
import { callUnary, type RequestOf, type ResponseOf } from '../wire/unary.ts';
import { whenSettled } from '../wire/when-settled.ts';
import type { JsonText } from './types/json.ts';

/** Time within which a state manager has to answer a call, milliseconds. */
export const deadlineMs = 30_000;
/** Time within which one of several state managers has to take a connection, milliseconds: then the next one is tried. */
const reachMs = 2_000;
/**
 * Time for which all of them are tried in turn before a call fails, milliseconds: one that is back is connected to within
 * two seconds.
 */
const searchMs = 4_000;
const searchPauseMs = 100;
/** Items that one answer of a list has at most. */
const pageSize = 1_000;

interface Clients {
  readonly graphs: InstanceType<typeof fanoutV1.GraphService>;
  readonly runs: InstanceType<typeof fanoutV1.RunService>;
  readonly nodes: InstanceType<typeof fanoutV1.NodeService>;
  readonly admin: InstanceType<typeof fanoutV1.AdminService>;
  readonly schedules: InstanceType<typeof fanoutV1.ScheduleService>;
}

/** The request of a method without its namespace, which is added to it. */
type Given<Method> = Omit<RequestOf<Method>, 'namespace'>;
type Paged<Method> = ResponseOf<Method> & { readonly nextPageToken?: string };

/** Options of a channel: a state manager that was away and is back, or has a new address, is found again soon. */
const clientChannelOptions: grpc.ClientOptions = {
  ...channelOptions,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // A name may stand for several state managers: many clients take different ones of them.
  'grpc.service_config': JSON.stringify({
    loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }],
    methodConfig: [],
  }),
};

/** One address, with the connection to it. */
export interface Endpoint {
  /** `host:port` */
  readonly address: string;
  readonly clients: Clients;
}

/** The services of one of several state managers, for one namespace, over one connection to the one that answers. */
export class Services {
  /** The tenant; empty: that of the token, else `default`. */
  readonly namespace: string;
  /** Reads and writes the values of users. */
  readonly json: JsonText;
  readonly #options: ChannelOptions;
  readonly #metadata: grpc.Metadata;
  readonly #addresses: readonly string[];
  readonly #endpoints = new Map<string, Endpoint>();
  #current: number;
  #isClosed = false;

  /**
   * @param addresses each `host:port`, at least one; many clients begin with different ones of them
   * @throws TypeError `options` has a token that cannot be one
   */
  constructor(
    addresses: readonly string[],
    options: ChannelOptions & { readonly namespace: string; readonly json?: JsonText | undefined },
  ) {
    this.namespace = options.namespace;
    this.json = options.json ?? JSON;
    this.#options = options;
    this.#addresses = addresses;
    this.#current = Math.floor(Math.random() * addresses.length);
    this.#metadata = metadataOf(options);
  }

  /** The address that is called now. */
  get address(): string {
    return this.#addresses[this.#current]!;
  }

  /** Number of times that something refused is sent again: to each other address, or once more to the only one. */
  get maxResends(): number {
    return Math.max(1, this.#addresses.length - 1);
  }

  /** Finds a state manager that takes a connection; if none does in time, the last one, whose calls say why. */
  async reach(): Promise<Endpoint> {
    if (this.#addresses.length === 1) return this.#endpoint();
    const until = performance.now() + searchMs;
    for (let tries = 1; ; tries++) {
      const endpoint = this.#endpoint();
      if (this.#isClosed) return endpoint;
      await whenSettled(endpoint.clients.runs, reachMs);
      const state = endpoint.clients.runs.getChannel().getConnectivityState(false);
      if (state === grpc.connectivityState.READY || performance.now() > until) return endpoint;
      this.leave(endpoint);
      // Each of them was tried, and may be back in a moment.
      if (tries % this.#addresses.length === 0) await delay(searchPauseMs);
    }
  }

  /** Goes on with the next address: this one has refused something, or does not answer. */
  leave({ address }: Endpoint): void {
    if (address === this.address) this.#current = (this.#current + 1) % this.#addresses.length;
  }

  /**
   * Makes one call, which takes at most 30 seconds. One that was refused is sent again, elsewhere if there are others.
   * @throws FanoutError
   */
  async call<Name extends keyof Clients, Method extends keyof Clients[Name]>(
    service: Name,
    method: Method,
    request: Given<Clients[Name][Method]>,
  ): Promise<ResponseOf<Clients[Name][Method]>> {
    const full = { namespace: this.namespace, ...request } as unknown as RequestOf<Clients[Name][Method]>;
    for (let resends = 0; ; resends++) {
      const endpoint = await this.reach();
      const options = { address: endpoint.address, metadata: this.#metadata, deadlineMs };
      try {
        return await callUnary(endpoint.clients[service], method, full, options);
      } catch (error) {
        const { code, refused } = FanoutError.from(error);
        if (code === grpc.status.UNAVAILABLE || code === grpc.status.DEADLINE_EXCEEDED) this.leave(endpoint);
        if (!refused || resends === this.maxResends) throw error;
      }
    }
  }

  /** Every item of a list, read page by page as it is needed. `items` takes them out of a page. */
  pages<Name extends keyof Clients, Method extends keyof Clients[Name], Item>(
    service: Name,
    method: Method,
    request: Omit<Given<Clients[Name][Method]>, 'pageSize' | 'pageToken'>,
    items: (page: Paged<Clients[Name][Method]>) => readonly Item[],
  ): AsyncGenerator<Item, void> {
    return allPages(async (pageToken) => {
      const asked = { ...request, pageSize, pageToken } as unknown as Given<Clients[Name][Method]>;
      const page = (await this.call(service, method, asked)) as Paged<Clients[Name][Method]>;
      return { items: items(page), nextPageToken: page.nextPageToken ?? '' };
    });
  }

  watchRun(
    { clients }: Endpoint,
    request: Omit<WatchRunRequest, 'namespace'>,
  ): grpc.ClientReadableStream<WatchRunResponse__Output> {
    return clients.runs.watchRun({ namespace: this.namespace, ...request }, this.#metadata);
  }

  followLogs(
    { clients }: Endpoint,
    request: Omit<FollowLogsRequest, 'namespace'>,
  ): grpc.ClientReadableStream<FollowLogsResponse__Output> {
    return clients.runs.followLogs({ namespace: this.namespace, ...request }, this.#metadata);
  }

  /** Opens a stream of calls. @throws Error the connection was ended */
  callRuns({ clients }: Endpoint): grpc.ClientDuplexStream<CallRunsRequest, CallRunsResponse__Output> {
    return clients.runs.callRuns(this.#metadata);
  }

  /** Ends the connections and every watch on them. Harmless twice. */
  close(): void {
    this.#isClosed = true;
    for (const { clients } of this.#endpoints.values()) clients.runs.close();
  }

  /** The present address, with its connection, which begins with the first call. */
  #endpoint(): Endpoint {
    const { address } = this;
    const found = this.#endpoints.get(address);
    if (found) return found;
    const credentials = credentialsOf(this.#options);
    const runs = new fanoutV1.RunService(address, credentials, clientChannelOptions);
    if (this.#isClosed) runs.close();
    const shared = { channelOverride: runs.getChannel() };
    const clients = {
      graphs: new fanoutV1.GraphService(address, credentials, shared),
      runs,
      nodes: new fanoutV1.NodeService(address, credentials, shared),
      admin: new fanoutV1.AdminService(address, credentials, shared),
      schedules: new fanoutV1.ScheduleService(address, credentials, shared),
    };
    const endpoint = { address, clients };
    this.#endpoints.set(address, endpoint);
    return endpoint;
  }
}
