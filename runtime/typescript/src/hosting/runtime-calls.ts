import {
  type ChangeStoreRequest,
  type ChangeStoreResponse__Output,
  fanoutV1,
  type ReadStoreResponse__Output,
  type ReadUnitedResponse__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import type { Address } from '../wire/addresses.ts';
import { type ChannelOptions, channelOptionsFor, credentialsOf, metadataOf } from '../wire/channel.ts';
import { FanoutError } from '../wire/errors.ts';
import { pause } from '../wire/on-abort.ts';
import { callUnary, type RequestOf, type ResponseOf } from '../wire/unary.ts';
import type { Lease } from './lease.ts';

const deadlineMs = 60_000;
/** Items of a page: few enough that reading the next one and working on this one overlap. */
const pageSize = 1_000;
/** Pauses between two attempts at a call. The backoff is a line of the loop, so no library, as in `runtime.ts`. */
const minPauseMs = 100;
const maxPauseMs = 2_000;

/** The execution that asks; once its signal fires, no answer is of any use. */
export interface Asker {
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

type Service = InstanceType<typeof fanoutV1.RuntimeService>;

/**
 * Calls for executions, beside the stream. Each is made again until it is answered, or its asker's signal fires: by
 * whichever state manager the runtime is connected to then.
 */
export class RuntimeCalls {
  readonly #options: ChannelOptions & { readonly namespace: string };
  #service: { readonly client: Service; readonly address: string } | undefined;

  constructor(options: ChannelOptions & { readonly namespace: string }) {
    this.#options = options;
  }

  /** Asks this state manager from now on. */
  connected(address: Address): void {
    this.disconnected();
    const { target } = address;
    this.#service = {
      client: new fanoutV1.RuntimeService(target, credentialsOf(this.#options), channelOptionsFor(address)),
      address: target,
    };
  }

  /** Calls that are under way may still be answered. */
  disconnected(): void {
    this.#service?.client.close();
    this.#service = undefined;
  }

  /** A page of a united list. @throws FanoutError, or the reason of the asker's signal */
  page(asker: Asker, inputName: string, pageToken: string): Promise<ReadUnitedResponse__Output> {
    return this.#ask(asker, 'readUnited', { inputName, pageToken, pageSize });
  }

  /** @throws FanoutError, or the reason of the asker's signal */
  readStore(asker: Asker, keys: readonly string[]): Promise<ReadStoreResponse__Output> {
    return this.#ask(asker, 'readStore', { keys: [...keys] });
  }

  /** @throws FanoutError, or the reason of the asker's signal */
  changeStore(asker: Asker, change: ChangeStoreRequest): Promise<ChangeStoreResponse__Output> {
    return this.#ask(asker, 'changeStore', change);
  }

  async #ask<Method extends 'readUnited' | 'readStore' | 'changeStore'>(
    { lease, signal }: Asker,
    method: Method,
    request: RequestOf<Service[Method]>,
  ): Promise<ResponseOf<Service[Method]>> {
    const { namespace } = this.#options;
    const full = { ...request, ...lease, namespace };
    for (let pauseMs = minPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      signal.throwIfAborted();
      const service = this.#service;
      try {
        if (service) {
          const { client, address } = service;
          const metadata = metadataOf(this.#options);
          return await callUnary(client, method, full, { address, metadata, deadlineMs });
        }
      } catch (error) {
        if (!isPassing(FanoutError.from(error))) throw error;
      }
      await pause(pauseMs, signal);
    }
  }
}

/** True if the same call may succeed in a moment. */
function isPassing({ code, reason, retryAfterMs }: FanoutError): boolean {
  if (reason === 'STORAGE_FULL' || (reason === 'QUOTA_EXCEEDED' && retryAfterMs !== undefined)) return true;
  return [grpc.status.UNAVAILABLE, grpc.status.CANCELLED, grpc.status.DEADLINE_EXCEEDED].includes(code);
}
