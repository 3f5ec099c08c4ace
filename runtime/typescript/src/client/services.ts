import {
  type CallRunsRequest,
  type CallRunsResponse__Output,
  fanoutV1,
  type WatchRunRequest,
  type WatchRunResponse__Output,
} from '@fanout/proto';
import type * as grpc from '@grpc/grpc-js';
import {
  type ChannelOptions,
  channelOptions,
  checkAddress,
  credentialsOf,
  metadataOf,
} from '../wire/channel.ts';
import { allPages } from '../wire/pages.ts';
import { callUnary, type RequestOf, type ResponseOf } from '../wire/unary.ts';

/** Time within which a state manager has to answer a call, milliseconds. */
export const deadlineMs = 30_000;
/** Items that one answer of a list has at most. */
const pageSize = 1_000;

interface Clients {
  readonly graphs: InstanceType<typeof fanoutV1.GraphService>;
  readonly runs: InstanceType<typeof fanoutV1.RunService>;
  readonly nodes: InstanceType<typeof fanoutV1.NodeService>;
  readonly admin: InstanceType<typeof fanoutV1.AdminService>;
}

/** The request of a method without its namespace, which is added to it. */
type Given<Method> = Omit<RequestOf<Method>, 'namespace'>;
type Paged<Method> = ResponseOf<Method> & { readonly nextPageToken?: string };

/** The services of a state manager, for one namespace, over one connection. */
export class Services {
  /** `host:port` */
  readonly address: string;
  /** The tenant; empty: that of the token, else `default`. */
  readonly namespace: string;
  readonly #clients: Clients;
  readonly #metadata: grpc.Metadata;

  /** @throws TypeError `options` has an address or a token that cannot be one */
  constructor(options: ChannelOptions & { readonly address: string; readonly namespace: string }) {
    this.address = checkAddress(options.address);
    this.namespace = options.namespace;
    this.#metadata = metadataOf(options);
    const credentials = credentialsOf(options);
    // A state manager that was away and is back is found again soon.
    const backoff = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 };
    const runs = new fanoutV1.RunService(this.address, credentials, { ...channelOptions, ...backoff });
    const shared = { channelOverride: runs.getChannel() };
    this.#clients = {
      graphs: new fanoutV1.GraphService(this.address, credentials, shared),
      runs,
      nodes: new fanoutV1.NodeService(this.address, credentials, shared),
      admin: new fanoutV1.AdminService(this.address, credentials, shared),
    };
  }

  /** Makes one call, which takes at most 30 seconds. @throws FanoutError */
  call<Name extends keyof Clients, Method extends keyof Clients[Name]>(
    service: Name,
    method: Method,
    request: Given<Clients[Name][Method]>,
  ): Promise<ResponseOf<Clients[Name][Method]>> {
    const { address } = this;
    const full = { namespace: this.namespace, ...request } as unknown as RequestOf<Clients[Name][Method]>;
    return callUnary(this.#clients[service], method, full, {
      address,
      metadata: this.#metadata,
      deadlineMs,
    });
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

  watchRun(request: Omit<WatchRunRequest, 'namespace'>): grpc.ClientReadableStream<WatchRunResponse__Output> {
    return this.#clients.runs.watchRun({ namespace: this.namespace, ...request }, this.#metadata);
  }

  /** Opens a stream of calls. @throws Error the connection was ended */
  callRuns(): grpc.ClientDuplexStream<CallRunsRequest, CallRunsResponse__Output> {
    return this.#clients.runs.callRuns(this.#metadata);
  }

  /** Ends the connection and every watch on it. Harmless twice. */
  close(): void {
    this.#clients.runs.close();
  }
}
