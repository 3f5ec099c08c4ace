import { fanoutV1, unaryCall, type WatchRunRequest, type WatchRunResponse__Output } from '@fanout/proto';
import type * as grpc from '@grpc/grpc-js';
import { type ChannelOptions, channelOptions, credentialsOf, metadataOf } from './channel.ts';
import { FanoutError } from './errors.ts';

const deadlineMs = 30_000;

/** The services of a state manager, over one connection. */
export class Services {
  readonly graphs: InstanceType<typeof fanoutV1.GraphService>;
  readonly runs: InstanceType<typeof fanoutV1.RunService>;
  readonly nodes: InstanceType<typeof fanoutV1.NodeService>;
  readonly admin: InstanceType<typeof fanoutV1.AdminService>;
  readonly #metadata: grpc.Metadata;

  constructor(address: string, options: ChannelOptions) {
    const credentials = credentialsOf(options);
    // A state manager that was away and is back is found again soon.
    const backoff = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2_000 };
    this.runs = new fanoutV1.RunService(address, credentials, { ...channelOptions, ...backoff });
    const shared = { channelOverride: this.runs.getChannel() };
    this.graphs = new fanoutV1.GraphService(address, credentials, shared);
    this.nodes = new fanoutV1.NodeService(address, credentials, shared);
    this.admin = new fanoutV1.AdminService(address, credentials, shared);
    this.#metadata = metadataOf(options);
  }

  /** Makes one call. @throws FanoutError */
  async call<Response>(
    begin: (
      metadata: grpc.Metadata,
      options: grpc.CallOptions,
      done: grpc.requestCallback<Response>,
    ) => unknown,
  ): Promise<Response> {
    try {
      return await unaryCall((done) => begin(this.#metadata, { deadline: Date.now() + deadlineMs }, done));
    } catch (error) {
      throw FanoutError.from(error);
    }
  }

  watchRun(request: WatchRunRequest): grpc.ClientReadableStream<WatchRunResponse__Output> {
    return this.runs.watchRun(request, this.#metadata);
  }

  close(): void {
    this.runs.close();
  }
}
