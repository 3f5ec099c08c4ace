import type { Redis } from 'ioredis';
import type { Cancellation } from '../domain/model/stream.ts';
import type { Notices, Wake } from '../engine/ports/storage.ts';
import type { Log } from '../log.ts';
import type { Keys } from './layout/keys.ts';
import { readWakeMessage } from './layout/ready-places.ts';

/** Hints that state managers give each other through Redis: they may be lost, and are never facts. */
export class RedisNotices implements Notices {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #keys: Keys;
  readonly #log: Log;
  readonly #listeners = new Map<string, (message: string) => void>();

  constructor(publisher: Redis, subscriber: Redis, keys: Keys, log: Log) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#keys = keys;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#subscriber.on('message', (channel: string, message: string) =>
      this.#listeners.get(channel)?.(message),
    );
    await this.#subscriber.subscribe(
      this.#keys.wakeChannel(),
      this.#keys.endChannel(),
      this.#keys.cancelChannel(),
    );
  }

  onReconnected(listener: () => void): void {
    this.#publisher.on('ready', listener);
  }

  onWake(listener: (wake: Wake) => void): void {
    this.#listeners.set(this.#keys.wakeChannel(), (message) => listener(readWakeMessage(message)));
  }

  onEnd(listener: (runId: string) => void): void {
    this.#listeners.set(this.#keys.endChannel(), listener);
  }

  onCancel(listener: (sessionId: string, cancellation: Cancellation) => void): void {
    this.#listeners.set(this.#keys.cancelChannel(), (message) => {
      const { sessionId, cancellation } = JSON.parse(message) as {
        sessionId: string;
        cancellation: Cancellation;
      };
      listener(sessionId, cancellation);
    });
  }

  cancel(sessionId: string, cancellation: Cancellation): void {
    const message = JSON.stringify({ sessionId, cancellation });
    this.#publisher.publish(this.#keys.cancelChannel(), message).catch((error: Error) => {
      this.#log.warn({ event: 'cancel_not_announced', error: error.message });
    });
  }
}
