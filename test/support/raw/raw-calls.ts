/** A caller's end of one stream of calls, message by message. */
import {
  type CallRunsRequest,
  type CallRunsResponse__Output,
  fanoutV1,
  googleRpc,
  type RunCall,
  type RunCallAnswer__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { eventually } from '../eventually.ts';
import { type Refusal, readRefusal } from './raw-client.ts';

export class RawCalls {
  /** Every answer, in order. */
  readonly answers: RunCallAnswer__Output[] = [];
  /** Number of messages that the answers came in. */
  messages = 0;
  /** The status with which the stream ended. */
  readonly ended: Promise<grpc.StatusObject>;
  readonly #client: InstanceType<typeof fanoutV1.RunService>;
  readonly #stream: grpc.ClientDuplexStream<CallRunsRequest, CallRunsResponse__Output>;

  constructor(address: string, { token }: { readonly token?: string } = {}) {
    this.#client = new fanoutV1.RunService(address, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
    const metadata = new grpc.Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    this.#stream = this.#client.callRuns(metadata);
    this.#stream.on('data', ({ answers = [] }: CallRunsResponse__Output) => {
      this.messages++;
      this.answers.push(...answers);
    });
    this.#stream.on('error', () => {});
    this.ended = new Promise((resolve) => this.#stream.on('status', resolve));
  }

  /** Begins calls, all in one message. */
  call(...calls: RunCall[]): void {
    this.#stream.write({ calls });
  }

  forget(...forget: number[]): void {
    this.#stream.write({ forget });
  }

  /** All answers to a call, once there are so many of them. */
  answersTo(callId: number, count = 1): Promise<RunCallAnswer__Output[]> {
    return eventually(() => {
      const answers = this.answers.filter((answer) => answer.callId === callId);
      return answers.length >= count ? answers : undefined;
    });
  }

  /** The end of the run that a call awaits. */
  async end(callId: number): Promise<NonNullable<RunCallAnswer__Output['ended']>> {
    return eventually(() => this.answers.find((answer) => answer.callId === callId && answer.ended)?.ended);
  }

  /** The refusal of a call. */
  async refusal(callId: number): Promise<Refusal> {
    const failed = await eventually(
      () => this.answers.find((answer) => answer.callId === callId && answer.failed)?.failed,
    );
    const metadata = new grpc.Metadata();
    metadata.set('grpc-status-details-bin', googleRpc.Status.serialize(failed as object));
    return readRefusal({ code: failed.code as grpc.status, details: failed.message ?? '', metadata });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends this side. */
  halfClose(): void {
    this.#stream.end();
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}
