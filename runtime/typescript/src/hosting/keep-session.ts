import { fanoutV1 } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import type { Address } from '../wire/addresses.ts';
import { channelOptionsFor, credentialsOf, metadataOf } from '../wire/channel.ts';
import { FanoutError } from '../wire/errors.ts';
import { callUnary } from '../wire/unary.ts';
import type { WatchedRuntime, WatchedSession } from './watch-messages.ts';

/** Time within which a state manager has to answer, milliseconds: another one is asked after that. */
const deadlineMs = 1_000;

type Service = InstanceType<typeof fanoutV1.RuntimeService>;

/** Calls that keep the session of one runtime. */
export class SessionCalls {
  readonly #runtime: WatchedRuntime;
  readonly #services = new Map<string, Service>();

  constructor(runtime: WatchedRuntime) {
    this.#runtime = runtime;
  }

  /**
   * Asks one state manager after the other. False: the session is lost, or none of them can keep it, so that asking
   * again is of no use.
   */
  async keep({ sessionId, addresses }: WatchedSession): Promise<boolean> {
    const { namespace, token } = this.#runtime;
    for (const address of addresses) {
      const options = { address: address.target, metadata: metadataOf({ token }), deadlineMs };
      try {
        await callUnary(this.#serviceAt(address), 'keepSession', { namespace, sessionId }, options);
        return true;
      } catch (error) {
        const { code, reason } = FanoutError.from(error);
        const isAway = code === grpc.status.UNAVAILABLE || code === grpc.status.DEADLINE_EXCEEDED;
        if (!isAway || reason === 'SESSION_EXPIRED') return false;
      }
    }
    return true;
  }

  close(): void {
    for (const service of this.#services.values()) service.close();
    this.#services.clear();
  }

  #serviceAt(address: Address): Service {
    const found = this.#services.get(address.target);
    if (found) return found;
    const service = new fanoutV1.RuntimeService(
      address.target,
      credentialsOf(this.#channelOptions()),
      channelOptionsFor(address),
    );
    this.#services.set(address.target, service);
    return service;
  }

  /** Buffers come to another thread as plain bytes. */
  #channelOptions() {
    const { tls } = this.#runtime;
    if (!tls) return {};
    const files = Object.entries(tls).flatMap(([name, bytes]) => (bytes ? [[name, Buffer.from(bytes)]] : []));
    return { tls: Object.fromEntries(files) as Record<'ca' | 'cert' | 'key', Buffer> };
  }
}
