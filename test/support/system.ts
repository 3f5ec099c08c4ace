/** The system that most end-to-end tests need: a Redis, a state manager, a client, and runtimes that come and go. */
import type { Hello, NodeDefinition } from '@fanout/proto';
import { RawClient } from './raw/raw-client.ts';
import { RawRuntime, type RawRuntimeOptions } from './raw/raw-runtime.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { startTestStateManager, type TestStateManager } from './state-manager.ts';

export interface ConnectOptions extends RawRuntimeOptions {
  /** The address of the state manager to connect to; the first one's if absent. */
  readonly address?: string;
}

export interface TestSystem {
  readonly redis: TestRedis;
  readonly stateManager: TestStateManager;
  readonly client: RawClient;
  /** Opens a stream and says nothing on it. */
  open(options?: ConnectOptions): RawRuntime;
  /** Connects a runtime that hosts some nodes. */
  connect(
    nodes: readonly (string | NodeDefinition)[],
    hello?: Hello,
    options?: ConnectOptions,
  ): Promise<RawRuntime>;
  /** Cuts the streams that are open. */
  disconnect(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it all; `env` overrides the settings of the state manager. */
export async function startSystem(
  env: Readonly<Record<string, string>> = {},
  options: { readonly appendOnly?: boolean; readonly token?: string } = {},
): Promise<TestSystem> {
  const redis = await startTestRedis(options);
  const stateManager = await startTestStateManager(redis, env);
  const client = new RawClient(stateManager.address, options);
  const runtimes = new Set<RawRuntime>();
  const open = ({ address = stateManager.address, ...rest }: ConnectOptions = {}): RawRuntime => {
    const runtime = new RawRuntime(address, rest);
    runtimes.add(runtime);
    return runtime;
  };
  const disconnect = async (): Promise<void> => {
    await Promise.all([...runtimes].map((runtime) => runtime.cut()));
    runtimes.clear();
  };
  return {
    redis,
    stateManager,
    client,
    open,
    disconnect,
    async connect(nodes, hello = {}, connectOptions = {}) {
      const runtime = open(connectOptions);
      await runtime.hello({
        nodes: nodes.map((node) => (typeof node === 'string' ? { name: node } : node)),
        ...hello,
      });
      return runtime;
    },
    async stop() {
      await disconnect();
      client.close();
      await stateManager.stop();
      await redis.stop();
    },
  };
}
