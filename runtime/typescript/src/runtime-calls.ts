import {
  type ChangeStoreRequest,
  type ChangeStoreResponse__Output,
  fanoutV1,
  type ReadStoreResponse__Output,
  type ReadUnitedResponse__Output,
} from '@fanout/proto';
import type * as grpc from '@grpc/grpc-js';
import { type ChannelOptions, channelOptions, credentialsOf, metadataOf } from './channel.ts';
import { FanoutError } from './errors.ts';
import type { Lease } from './lease.ts';

const deadlineMs = 60_000;
/** Items of a page: few enough that reading the next one and working on this one overlap. */
const pageSize = 1_000;

/** What the holder of a lease asks one state manager for, beside the stream. */
export class RuntimeCalls {
  readonly #client: InstanceType<typeof fanoutV1.RuntimeService>;
  readonly #options: ChannelOptions;
  readonly #namespace: string;

  constructor(address: string, options: ChannelOptions, namespace: string) {
    this.#client = new fanoutV1.RuntimeService(address, credentialsOf(options), channelOptions);
    this.#options = options;
    this.#namespace = namespace;
  }

  close(): void {
    this.#client.close();
  }

  /** A page of a united list. @throws FanoutError */
  page(lease: Lease, inputName: string, pageToken: string): Promise<ReadUnitedResponse__Output> {
    const request = { ...this.#about(lease), inputName, pageToken, pageSize };
    return this.#call((...more) => this.#client.readUnited(request, ...more));
  }

  /** @throws FanoutError */
  readStore(lease: Lease, keys: readonly string[]): Promise<ReadStoreResponse__Output> {
    const request = { ...this.#about(lease), keys: [...keys] };
    return this.#call((...more) => this.#client.readStore(request, ...more));
  }

  /** @throws FanoutError */
  changeStore(lease: Lease, change: ChangeStoreRequest): Promise<ChangeStoreResponse__Output> {
    const request = { ...change, ...this.#about(lease) };
    return this.#call((...more) => this.#client.changeStore(request, ...more));
  }

  #about({ stateId, leaseToken }: Lease): Lease & { readonly namespace: string } {
    return { stateId, leaseToken, namespace: this.#namespace };
  }

  #call<Response>(
    begin: (
      metadata: grpc.Metadata,
      options: grpc.CallOptions,
      done: grpc.requestCallback<Response>,
    ) => unknown,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      begin(metadataOf(this.#options), { deadline: Date.now() + deadlineMs }, (error, response) => {
        if (response !== undefined) resolve(response);
        else reject(FanoutError.from(error));
      });
    });
  }
}
