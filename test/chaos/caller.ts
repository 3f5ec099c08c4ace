/** A client that does not give up: it goes from one state manager to the next until one has answered. */
import { setTimeout as delay } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { RawClient, readRefusal } from '../support/raw/raw-client.ts';

/** Statuses that say: not now, or not here. */
const passing = new Set([
  grpc.status.UNAVAILABLE,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.CANCELLED,
  grpc.status.RESOURCE_EXHAUSTED,
]);
const pauseMs = 50;

export class Caller {
  /** Answers that no fault explains. */
  readonly oddAnswers: string[] = [];
  /** Answers by status: `RESOURCE_EXHAUSTED STORAGE_FULL`. */
  readonly refusals = new Map<string, number>();
  readonly #addresses: () => readonly string[];
  readonly #clients = new Map<string, RawClient>();
  #next = 0;
  #isClosed = false;

  constructor(addresses: () => readonly string[]) {
    this.#addresses = addresses;
  }

  /** Makes a call that may come twice. @throws grpc.ServiceError what is refused for a reason that does not pass */
  async call<T>(make: (client: RawClient) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await make(this.#client());
      } catch (error) {
        if (this.#isClosed || !this.#passes(error as grpc.ServiceError)) throw error;
      }
      await delay(pauseMs);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients.values()) client.close();
  }

  #client(): RawClient {
    const addresses = this.#addresses();
    const address = addresses[this.#next++ % addresses.length]!;
    for (const [old, client] of this.#clients) {
      if (addresses.includes(old)) continue;
      client.close();
      this.#clients.delete(old);
    }
    const client = this.#clients.get(address) ?? new RawClient(address);
    this.#clients.set(address, client);
    return client;
  }

  #passes(error: grpc.ServiceError): boolean {
    if (error.code === undefined) return false;
    const { code, reason, message } = readRefusal(error);
    const name = `${code} ${reason}`.trim();
    this.refusals.set(name, (this.refusals.get(name) ?? 0) + 1);
    // A connection that ends in the middle of an answer; a state manager gives a reason.
    const isCut = error.code === grpc.status.INTERNAL && reason === '';
    if (error.code === grpc.status.INTERNAL && !isCut) this.oddAnswers.push(`${name}: ${message}`);
    // Whoever said so was not away: a caller has to be told when to come back.
    const isSaid = reason !== '' && error.code === grpc.status.UNAVAILABLE;
    if (isSaid && readRefusal(error).retryDelayMs === undefined)
      this.oddAnswers.push(`${name} without RetryInfo`);
    return passing.has(error.code) || isCut;
  }
}
