/** The client that scenarios are seen with: it triggers, steers and looks, without an SDK. */
import {
  fanoutV1,
  type GetRunResponse__Output,
  type ListStatesResponse__Output,
  type Run__Output,
  type RunResult__Output,
  type State__Output,
  type StoreEntry__Output,
  unaryCall,
  type WatchRunResponse__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';

export interface CallerOptions {
  readonly address: string;
  readonly namespace: string;
  readonly token?: string | undefined;
  readonly credentials?: grpc.ChannelCredentials | undefined;
}

export interface EndedRun {
  readonly run: Run__Output;
  readonly results: readonly RunResult__Output[];
}

export type ControlVerb = 'cancel' | 'pause' | 'resume' | 'retry';

/** Begins a call with the arguments that all calls have. */
type Begin<Answer> = (
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: grpc.requestCallback<Answer>,
) => unknown;

const deadlineMs = 20_000;
const pageSize = 1_000;

export class Caller {
  readonly #namespace: string;
  readonly #graphs: InstanceType<typeof fanoutV1.GraphService>;
  readonly #runs: InstanceType<typeof fanoutV1.RunService>;
  readonly #admin: InstanceType<typeof fanoutV1.AdminService>;
  readonly #metadata = new grpc.Metadata({ waitForReady: true });

  constructor({ address, namespace, token, credentials }: CallerOptions) {
    this.#namespace = namespace;
    const channel = credentials ?? grpc.credentials.createInsecure();
    const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
    this.#graphs = new fanoutV1.GraphService(address, channel, options);
    this.#runs = new fanoutV1.RunService(address, channel, options);
    this.#admin = new fanoutV1.AdminService(address, channel, options);
    if (token !== undefined) this.#metadata.set('authorization', `Bearer ${token}`);
  }

  close(): void {
    for (const service of [this.#graphs, this.#runs, this.#admin]) service.close();
  }

  async upsert(name: string, template: unknown): Promise<void> {
    const request = { namespace: this.#namespace, name, templateJson: JSON.stringify(template) };
    await this.#call((...more) => this.#graphs.upsertGraph(request, ...more));
  }

  /** Starts a run and gives its id. @param storeJson JSON text by key */
  async trigger(graphName: string, inputsJson: string, storeJson: Record<string, string>): Promise<string> {
    const request = { namespace: this.#namespace, graphName, inputsJson, storeJson };
    const { runId } = await this.#call<{ runId?: string }>((...more) =>
      this.#runs.triggerRun(request, ...more),
    );
    return runId ?? '';
  }

  async run(runId: string): Promise<Run__Output> {
    const request = { namespace: this.#namespace, runId };
    const { run } = await this.#call<GetRunResponse__Output>((...more) =>
      this.#runs.getRun(request, ...more),
    );
    return run!;
  }

  /** Waits for the end of a run. @throws grpc.ServiceError it does not come within `timeoutMs`, or the stream breaks */
  end(runId: string, timeoutMs: number): Promise<EndedRun> {
    return new Promise((resolve, reject) => {
      let run: Run__Output | undefined;
      const results: RunResult__Output[] = [];
      const request = { namespace: this.#namespace, runId, endOnly: true };
      const call = this.#runs.watchRun(request, this.#metadata, { deadline: Date.now() + timeoutMs });
      call.on('data', (message: WatchRunResponse__Output) => {
        run = message.run ?? run;
        results.push(...(message.results ?? []));
      });
      call.on('error', reject);
      call.on('end', () => resolve({ run: run!, results }));
    });
  }

  /** All states of a run, or of one place of it; those that are superseded are left out. */
  async states(runId: string, identifier = ''): Promise<State__Output[]> {
    const states: State__Output[] = [];
    let pageToken = '';
    do {
      const request = { namespace: this.#namespace, runId, identifier, pageSize, pageToken };
      const page = await this.#call<ListStatesResponse__Output>((...more) =>
        this.#runs.listStates(request, ...more),
      );
      states.push(...(page.states ?? []));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    return states;
  }

  /** The first page of a run's store: JSON text by key. */
  async store(runId: string): Promise<Record<string, string>> {
    const request = { namespace: this.#namespace, runId, pageSize };
    const { entries = [] } = await this.#call<{ entries?: StoreEntry__Output[] }>((...more) =>
      this.#runs.getStore(request, ...more),
    );
    return Object.fromEntries(entries.map(({ key = '', valueJson = '' }) => [key, valueJson]));
  }

  /** Steers a run, or what lies below a state; of a retry, that state itself. */
  async control(verb: ControlVerb, runId: string, stateId = ''): Promise<void> {
    const request = { namespace: this.#namespace, runId, stateId };
    const begin: Readonly<Record<ControlVerb, Begin<object>>> = {
      cancel: (...more) => this.#runs.cancelRun(request, ...more),
      pause: (...more) => this.#runs.pauseRun(request, ...more),
      resume: (...more) => this.#runs.resumeRun(request, ...more),
      retry: (...more) => this.#runs.retryRun(request, ...more),
    };
    await this.#call(begin[verb]);
  }

  /** Makes a token for runtimes. */
  async createToken(): Promise<{ readonly bearer: string; readonly tokenId: string }> {
    const request = { namespace: this.#namespace, role: 'ROLE_RUNTIME' } as const;
    const { bearer, token } = await this.#call<{ bearer?: string; token?: { tokenId?: string } | null }>(
      (...more) => this.#admin.createToken(request, ...more),
    );
    return { bearer: bearer ?? '', tokenId: token?.tokenId ?? '' };
  }

  async revokeToken(tokenId: string): Promise<void> {
    const request = { namespace: this.#namespace, tokenId };
    await this.#call((...more) => this.#admin.revokeToken(request, ...more));
  }

  #call<Answer>(begin: Begin<Answer>): Promise<Answer> {
    return unaryCall((done) => begin(this.#metadata, { deadline: Date.now() + deadlineMs }, done));
  }
}
