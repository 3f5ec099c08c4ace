/** The wire between a host and its state manager: every frame is read on its way, some are held back. */
import { fanoutV1 } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import type { ItemKind } from './scenario.ts';

type Fields = Readonly<Record<string, unknown>>;
type Direction = 'up' | 'down';

interface Item {
  readonly kind: ItemKind;
  /** Fields as the protocol has them, in camelCase. */
  readonly value: Fields;
}

/** An item of a frame, or a call. */
export interface WireItem extends Item {
  readonly direction: Direction;
  /** Number of the stream, from 1; calls have 0. */
  readonly stream: number;
  /** Number of the frame, of all that have passed on this wire. */
  readonly frame: number;
  /** Held back. */
  readonly isWithheld: boolean;
}

/** Names of the items in frames that carry many. */
const manyIn: Readonly<Record<string, ItemKind>> = {
  reports: 'report',
  emits: 'emit',
  assignments: 'assignment',
  acks: 'ack',
  cancellations: 'cancellation',
};

const kindOfCall: Readonly<Record<string, ItemKind>> = {
  KeepSession: 'keep_session',
  ReadUnited: 'read_united',
  ReadStore: 'read_store',
  ChangeStore: 'change_store',
};

const calls = fanoutV1.RuntimeService.service;
const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const asIs = (bytes: Buffer): Buffer => bytes;

export class Wire {
  /** Empty where somebody else is shown the items. */
  readonly items: WireItem[] = [];
  readonly #target: () => string;
  readonly #show: (item: WireItem) => void;
  readonly #server = new grpc.Server(unlimited);
  readonly #withheld = new Set<ItemKind>();
  /** Newest frame that went up, by what it carries, and the stream that it went on. */
  readonly #newest = new Map<ItemKind, { readonly bytes: Buffer; readonly call: UpstreamCall }>();
  #proxy: TcpProxy | undefined;
  #streams = 0;
  #frames = 0;

  private constructor(target: () => string, show?: (item: WireItem) => void) {
    this.#target = target;
    this.#show = show ?? ((item) => this.items.push(item));
    for (const method of Object.values(calls)) {
      const pass = (call: DownstreamCall): void => this.#pass(method, call);
      this.#server.register(method.path, pass, asIs, asIs, 'bidi');
    }
  }

  /**
   * @param target the address of the state manager, asked for each call
   * @param show is shown each item as it passes; absent: all of them are kept in `items`
   */
  static async start(target: () => string, show?: (item: WireItem) => void): Promise<Wire> {
    const wire = new Wire(target, show);
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      wire.#server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    wire.#proxy = await startTcpProxy(`127.0.0.1:${port}`);
    return wire;
  }

  /** The address at which the host finds its state manager. */
  get address(): string {
    return this.#connections.address;
  }

  /** True while the host is connected. */
  get isUsed(): boolean {
    return this.#connections.isUsed;
  }

  /** Connections that the host has ever made. */
  get connections(): number {
    return this.#connections.connections;
  }

  /** Resets the connections. */
  cut(): void {
    this.#withheld.clear();
    this.#connections.reset();
  }

  swallow(): void {
    this.#connections.swallow('both');
  }

  heal(): void {
    this.#connections.heal();
  }

  /** Holds frames with such an item back until the connections are cut. */
  withhold(kind: ItemKind): void {
    this.#withheld.add(kind);
  }

  /** Sends the newest frame with such an item once more. @throws Error there was none */
  repeat(kind: ItemKind): void {
    const newest = this.#newest.get(kind);
    if (!newest) throw new Error(`no frame with a ${kind} has gone up that could be repeated`);
    this.#record(newest.bytes, 'up', this.#streams);
    newest.call.write(newest.bytes);
  }

  async stop(): Promise<void> {
    await this.#connections.stop();
    this.#server.forceShutdown();
  }

  get #connections(): TcpProxy {
    if (!this.#proxy) throw new Error('the wire was not started');
    return this.#proxy;
  }

  #pass(method: Method, call: DownstreamCall): void {
    const isStream = method.requestStream;
    const stream = isStream ? ++this.#streams : 0;
    const client = new grpc.Client(this.#target(), grpc.credentials.createInsecure(), {
      ...unlimited,
      'grpc.use_local_subchannel_pool': 1,
    });
    const options = { deadline: call.getDeadline() };
    const upstream = client.makeBidiStreamRequest(method.path, asIs, asIs, call.metadata, options);
    const record = (bytes: Buffer, direction: Direction): boolean => {
      if (isStream) return this.#record(bytes, direction, stream, upstream);
      if (direction === 'up') this.#recordCall(method, bytes);
      return true;
    };
    call.on('data', (bytes: Buffer) => {
      if (record(bytes, 'up') && !upstream.write(bytes)) pauseUntilDrained(call, upstream);
    });
    call.on('end', () => upstream.end());
    call.on('cancelled', () => upstream.cancel());
    upstream.on('metadata', (metadata: grpc.Metadata) => call.sendMetadata(metadata));
    upstream.on('data', (bytes: Buffer) => {
      if (record(bytes, 'down') && !call.write(bytes)) pauseUntilDrained(upstream, call);
    });
    // The status says all of it.
    upstream.on('error', () => {});
    upstream.on('status', (status: grpc.StatusObject) => {
      const end = { kind: 'end', value: { code: grpc.status[status.code] } } as const;
      if (isStream) this.#add([end], { direction: 'down', stream, isWithheld: false });
      endWith(call, status);
      client.close();
    });
  }

  /** Reads a frame. False: it is held back. */
  #record(bytes: Buffer, direction: Direction, stream: number, call?: UpstreamCall): boolean {
    const items = readFrame(bytes, direction);
    const isWithheld = items.some(({ kind }) => this.#withheld.has(kind));
    if (direction === 'up' && items[0] && call) this.#newest.set(items[0].kind, { bytes, call });
    this.#add(items, { direction, stream, isWithheld });
    return !isWithheld;
  }

  #recordCall(method: Method, bytes: Buffer): void {
    const kind = kindOfCall[nameOf(method)];
    if (!kind) throw new Error(`the wire does not know the call ${method.path}`);
    const value = method.requestDeserialize(bytes) as Fields;
    this.#add([{ kind, value }], { direction: 'up', stream: 0, isWithheld: false });
  }

  #add(items: readonly Item[], place: Omit<WireItem, keyof Item | 'frame'>): void {
    const frame = ++this.#frames;
    for (const item of items) this.#show({ ...item, ...place, frame });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what passes is bytes, whatever their message.
type Method = grpc.MethodDefinition<any, any>;
type DownstreamCall = grpc.ServerDuplexStream<Buffer, Buffer>;
type UpstreamCall = grpc.ClientDuplexStream<Buffer, Buffer>;

function nameOf({ path }: Method): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The items of a frame of a runtime's stream. */
function readFrame(bytes: Buffer, direction: Direction): Item[] {
  const { requestDeserialize, responseDeserialize } = calls.Connect;
  const read = direction === 'up' ? requestDeserialize : responseDeserialize;
  const message = read(bytes) as Fields & { readonly frame?: string };
  const { frame = '' } = message;
  const value = (message[frame] ?? {}) as Fields;
  const kind = manyIn[frame];
  if (!kind) return [{ kind: frame as ItemKind, value }];
  return ((value.items ?? []) as Fields[]).map((item) => ({ kind, value: item }));
}

function pauseUntilDrained(
  from: { pause(): unknown; resume(): unknown },
  to: { once(event: 'drain', listener: () => void): unknown },
): void {
  from.pause();
  to.once('drain', () => from.resume());
}

/** Ends a call as the state manager has ended it, with all details. */
function endWith(call: DownstreamCall, { code, details, metadata }: grpc.StatusObject): void {
  if (code === grpc.status.OK) call.end(metadata);
  else call.emit('error', { code, details, metadata });
}
