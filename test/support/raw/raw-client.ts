/** A client of every service, message by message, and errors with all that they carry. */
import {
  type CreateTokenResponse__Output,
  fanoutV1,
  type GetRunResponse__Output,
  googleRpc,
  type ListStatesResponse__Output,
  type Role,
  type Run__Output,
  type RunResult__Output,
  type State__Output,
  type TriggerRunRequest,
  type TriggerRunResponse__Output,
  type UpsertGraphResponse__Output,
  unaryCall,
  type WatchRunResponse__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { eventually } from '../eventually.ts';

/** The refusal of a call. */
export interface Refusal {
  /** `INVALID_ARGUMENT` … */
  readonly code: string;
  /** The reason of the ErrorInfo: `FIELD_INVALID` … */
  readonly reason: string;
  readonly message: string;
  readonly violations: readonly {
    readonly field: string;
    readonly reason: string;
    readonly description: string;
  }[];
  /** The delay of the RetryInfo, milliseconds; undefined: there is none. */
  readonly retryDelayMs?: number;
}

/** The end of a run. */
export interface RunEnd {
  readonly run: Run__Output;
  /** `SUCCESS`, `FAILED` */
  readonly status: string;
  readonly results: readonly RunResult__Output[];
  /** The outputs of the results, parsed. */
  readonly outputs: readonly Record<string, unknown>[];
}

const deadlineMs = 20_000;

export class RawClient {
  readonly admin: InstanceType<typeof fanoutV1.AdminService>;
  readonly graphs: InstanceType<typeof fanoutV1.GraphService>;
  readonly nodes: InstanceType<typeof fanoutV1.NodeService>;
  readonly runs: InstanceType<typeof fanoutV1.RunService>;
  readonly runtimes: InstanceType<typeof fanoutV1.RuntimeService>;
  readonly schedules: InstanceType<typeof fanoutV1.ScheduleService>;
  /** Metadata of every call, with the token. */
  readonly metadata = new grpc.Metadata();

  constructor(address: string, { token }: { readonly token?: string } = {}) {
    const credentials = grpc.credentials.createInsecure();
    // A state manager that was away and is back is found again at once.
    const options = {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 200,
    };
    this.admin = new fanoutV1.AdminService(address, credentials, options);
    this.graphs = new fanoutV1.GraphService(address, credentials, options);
    this.nodes = new fanoutV1.NodeService(address, credentials, options);
    this.runs = new fanoutV1.RunService(address, credentials, options);
    this.runtimes = new fanoutV1.RuntimeService(address, credentials, options);
    this.schedules = new fanoutV1.ScheduleService(address, credentials, options);
    if (token !== undefined) this.metadata.set('authorization', `Bearer ${token}`);
  }

  close(): void {
    const { admin, graphs, nodes, runs, runtimes, schedules } = this;
    for (const service of [admin, graphs, nodes, runs, runtimes, schedules]) service.close();
  }

  /** Makes one call: `call((...more) => client.runs.getRun({ runId }, ...more))`. @throws grpc.ServiceError */
  call<Response>(
    begin: (
      metadata: grpc.Metadata,
      options: grpc.CallOptions,
      done: grpc.requestCallback<Response>,
    ) => unknown,
  ): Promise<Response> {
    return unaryCall((done) => begin(this.metadata, { deadline: Date.now() + deadlineMs }, done));
  }

  upsert(name: string, template: unknown, namespace = ''): Promise<UpsertGraphResponse__Output> {
    const templateJson = typeof template === 'string' ? template : JSON.stringify(template);
    return this.call((...more) => this.graphs.upsertGraph({ namespace, name, templateJson }, ...more));
  }

  /** Starts a run and gives its id. */
  async trigger(graphName: string, inputs: unknown = {}, more: TriggerRunRequest = {}): Promise<string> {
    return (await this.tryTrigger({ graphName, inputsJson: JSON.stringify(inputs), ...more })).runId ?? '';
  }

  tryTrigger(request: TriggerRunRequest): Promise<TriggerRunResponse__Output> {
    return this.call((...more) => this.runs.triggerRun(request, ...more));
  }

  /** Stores a graph under a name and starts a run of it. */
  async start(name: string, template: unknown, inputs: unknown = {}): Promise<string> {
    await this.upsert(name, template);
    return this.trigger(name, inputs);
  }

  async run(runId: string): Promise<Run__Output> {
    const { run } = await this.call<GetRunResponse__Output>((...more) =>
      this.runs.getRun({ runId }, ...more),
    );
    return run!;
  }

  /** Every message of a watch. @throws grpc.ServiceError */
  watch(runId: string, namespace = '', timeoutMs = deadlineMs): Promise<WatchRunResponse__Output[]> {
    return new Promise((resolve, reject) => {
      const messages: WatchRunResponse__Output[] = [];
      const deadline = Date.now() + timeoutMs;
      const call = this.runs.watchRun({ namespace, runId }, this.metadata, { deadline });
      call.on('data', (message: WatchRunResponse__Output) => messages.push(message));
      call.on('error', reject);
      call.on('end', () => resolve(messages));
    });
  }

  /** Waits for a run's end. @throws grpc.ServiceError it does not come within `timeoutMs` */
  async end(runId: string, timeoutMs = deadlineMs): Promise<RunEnd> {
    const messages = await this.watch(runId, '', timeoutMs);
    const run = messages.findLast((message) => message.run)!.run!;
    const results = messages.flatMap((message) => message.results ?? []);
    return {
      run,
      status: (run.status ?? '').replace('RUN_STATUS_', ''),
      results,
      outputs: results.map(({ outputJson = '' }) => JSON.parse(outputJson) as Record<string, unknown>),
    };
  }

  /** Every state of a run, page by page. */
  async states(runId: string, identifier = ''): Promise<State__Output[]> {
    const states: State__Output[] = [];
    let pageToken = '';
    do {
      const request = { runId, identifier, pageSize: 1_000, pageToken };
      const page = await this.call<ListStatesResponse__Output>((...more) =>
        this.runs.listStates(request, ...more),
      );
      states.push(...(page.states ?? []));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    return states;
  }

  /** Waits until the only state of a node template is in a status, such as `SUCCESS`, and gives it. */
  state(runId: string, identifier: string, status: string): Promise<State__Output> {
    return eventually(async () => {
      const states = await this.states(runId, identifier);
      return states.find((state) => state.status === `STATE_STATUS_${status}`);
    });
  }

  async token(namespace: string, role: Role, ttlMs?: number): Promise<CreateTokenResponse__Output> {
    const ttl = ttlMs === undefined ? {} : { ttl: { seconds: 0, nanos: ttlMs * 1_000_000 } };
    return this.call((...more) => this.admin.createToken({ namespace, role, ...ttl }, ...more));
  }
}

/** The refusal of a call. @throws Error it is not refused */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    return readRefusal(error as grpc.ServiceError);
  }
  throw new Error('the call was not refused');
}

/** The refusal in the status that ended a call or a stream. */
export function readRefusal({ code, details, metadata }: grpc.StatusObject): Refusal {
  let reason = '';
  let violations: Refusal['violations'] = [];
  let retryDelayMs: number | undefined;
  const [packed] = metadata.get('grpc-status-details-bin');
  const status = packed ? googleRpc.Status.deserialize(packed as Buffer) : {};
  for (const detail of status.details ?? []) {
    const type = detail.type_url ?? '';
    const bytes = detail.value as Buffer;
    if (type.endsWith('ErrorInfo')) reason = googleRpc.ErrorInfo.deserialize(bytes).reason ?? '';
    if (type.endsWith('BadRequest')) {
      const { fieldViolations = [] } = googleRpc.BadRequest.deserialize(bytes);
      violations = fieldViolations.map((violation) => ({
        field: violation.field ?? '',
        reason: violation.reason ?? '',
        description: violation.description ?? '',
      }));
    }
    if (type.endsWith('RetryInfo')) {
      const { retryDelay } = googleRpc.RetryInfo.deserialize(bytes);
      retryDelayMs = Number(retryDelay?.seconds ?? 0) * 1_000 + (retryDelay?.nanos ?? 0) / 1_000_000;
    }
  }
  const refusal = { code: grpc.status[code], reason, message: details, violations };
  return retryDelayMs === undefined ? refusal : { ...refusal, retryDelayMs };
}
