import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Cancellation } from '../domain/model/stream.ts';
import type { Notices, Wake } from '../engine/ports/storage.ts';
import type { Log } from '../log.ts';
import type { Connections } from './connection/connections.ts';
import type { Keys } from './layout/keys.ts';
import { readWakeMessage } from './layout/ready-places.ts';

/** Hints that state managers give each other through Redis: they may be lost, and are never facts. */
export class RedisNotices implements Notices {
  readonly #publisher: Redis;
  readonly #connections: Pick<Connections, 'subscribe' | 'onReconnected'>;
  readonly #keys: Keys;
  readonly #log: Log;
  /** This state manager, which does not listen to itself. */
  readonly #sender = randomBytes(12).toString('hex');
  readonly #listeners = new Map<string, (message: string) => void>();

  constructor(parts: {
    publisher: Redis;
    connections: Pick<Connections, 'subscribe' | 'onReconnected'>;
    keys: Keys;
    log: Log;
  }) {
    this.#publisher = parts.publisher;
    this.#connections = parts.connections;
    this.#keys = parts.keys;
    this.#log = parts.log;
  }

  async start(): Promise<void> {
    const channels = [
      this.#keys.wakeChannel(),
      this.#keys.endChannel(),
      this.#keys.watchChannel(),
      this.#keys.changeChannel(),
      this.#keys.cancelChannel(),
    ];
    await this.#connections.subscribe(channels, (channel, message) =>
      this.#listeners.get(channel)?.(message),
    );
  }

  onReconnected(listener: () => void): void {
    this.#connections.onReconnected(listener);
  }

  onWake(listener: (wake: Wake) => void): void {
    this.#listeners.set(this.#keys.wakeChannel(), (message) => listener(readWakeMessage(message)));
  }

  onEnd(listener: (runId: string) => void): void {
    this.#listeners.set(this.#keys.endChannel(), listener);
  }

  onWatch(listener: (runIds: readonly string[]) => void): void {
    this.#onRuns(this.#keys.watchChannel(), listener);
  }

  watch(runIds: readonly string[]): void {
    this.#publishRuns(this.#keys.watchChannel(), runIds);
  }

  onChange(listener: (runIds: readonly string[]) => void): void {
    this.#onRuns(this.#keys.changeChannel(), listener);
  }

  change(runIds: readonly string[]): void {
    this.#publishRuns(this.#keys.changeChannel(), runIds);
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
    this.#publish(this.#keys.cancelChannel(), JSON.stringify({ sessionId, cancellation }));
  }

  #onRuns(channel: string, listener: (runIds: readonly string[]) => void): void {
    this.#listeners.set(channel, (message) => {
      const [sender, ...runIds] = message.split(':');
      if (sender !== this.#sender) listener(runIds);
    });
  }

  #publishRuns(channel: string, runIds: readonly string[]): void {
    this.#publish(channel, [this.#sender, ...runIds].join(':'));
  }

  #publish(channel: string, message: string): void {
    this.#publisher.publish(channel, message).catch((error: Error) => {
      this.#log.warn({ event: 'notice_not_sent', key: channel, error: error.message });
    });
  }
}
