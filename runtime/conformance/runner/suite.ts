/** Runs scenarios of one language; servers and hosts are shared where a scenario does no harm to them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import type { Caller, EndedRun } from './caller.ts';
import { nodeNames } from './catalogue.ts';
import { Host } from './host.ts';
import type { HostCommand } from './languages.ts';
import { Observation } from './observation.ts';
import { findDifferences } from './outcome.ts';
import type { HostPlan, Scenario } from './scenario.ts';
import type { NamedScenario } from './scenarios.ts';
import { Servers } from './servers.ts';
import { makeSteps } from './steps.ts';

export interface SuiteOptions {
  /** The language that is tested. */
  readonly tested: HostCommand;
  /** Host in TypeScript. */
  readonly typescript: HostCommand;
  /** All languages, for scenarios where they work together. */
  readonly every: readonly HostCommand[];
}

/** Longest time from the last step to the end of the run. */
const endMs = 60_000;
/** Time for what is on its way when a run has ended: acks, lines. */
const settleMs = 5_000;

const sharedPlan: HostPlan = {
  language: 'tested',
  concurrency: 256,
  drain_timeout_ms: 10_000,
  token: 'own',
  certificate: 'own',
  starts_later: false,
  is_refused: false,
  is_shut_out: false,
};

export class Suite {
  readonly #options: SuiteOptions;
  readonly #gates = mkdtempSync(join(tmpdir(), 'fanout-conformance-'));
  /** Servers by settings, for all scenarios that want the same. */
  readonly #servers = new Map<string, Promise<Servers>>();
  /** Hosts with the whole catalogue, by servers. */
  readonly #hosts = new Map<Servers, Promise<Host>>();
  #namespaces = 0;

  constructor(options: SuiteOptions) {
    this.#options = options;
  }

  /** @throws Error what came of the scenario is not what it expects */
  async run({ name, scenario }: NamedScenario): Promise<void> {
    const ownServers = scenario.steps.some((step) => step.do.some((action) => 'state_manager' in action));
    const servers = ownServers ? await Servers.start(scenario) : await this.#shared(scenario);
    try {
      await this.#runOn(servers, name, scenario);
    } finally {
      if (ownServers) await servers.stop();
    }
  }

  async stop(): Promise<void> {
    await Promise.all((await made(this.#hosts.values())).map((host) => host.close()));
    await Promise.all((await made(this.#servers.values())).map((servers) => servers.stop()));
    rmSync(this.#gates, { recursive: true });
  }

  async #runOn(servers: Servers, name: string, scenario: Scenario): Promise<void> {
    const namespace = scenario.hosts ? `scenario-${++this.#namespaces}` : 'shared';
    const gates = scenario.hosts ? mkdtempSync(join(this.#gates, 'gates-')) : this.#gates;
    const own = scenario.hosts ? await this.#ownHosts(scenario.hosts, { servers, namespace, gates }) : [];
    const callers = new Map<string, Caller>();
    /** State managers come and go: the newest one is called. */
    const caller = (): Caller => {
      const known = callers.get(servers.address) ?? servers.caller(namespace);
      callers.set(servers.address, known);
      return known;
    };
    try {
      const hosts = scenario.hosts ? own : [await this.#sharedHost(servers)];
      await Promise.all(own.filter(({ startsLater }) => !startsLater).map((host) => host.start()));
      const runId = await trigger(caller(), name, scenario);
      const stage = { servers, observation: new Observation(hosts, runId), caller, runId, gates };
      await makeSteps(scenario.steps, stage);
      const ended = scenario.graph && (await endOf(caller, runId));
      await Promise.all(own.map((host) => host.stop()));
      await holds(() => findDifferences(scenario.expect, stage, ended, scenario.hosts !== undefined));
    } catch (error) {
      const words = own.map((host) => `--- ${host.name}\n${host.lastWords}`).join('\n');
      throw new Error(`${(error as Error).message}\n${words}`, { cause: error });
    } finally {
      for (const each of callers.values()) each.close();
      await Promise.all(own.map((host) => host.close()));
    }
  }

  #shared(scenario: Scenario): Promise<Servers> {
    const key = JSON.stringify([scenario.access, scenario.settings]);
    const started = this.#servers.get(key) ?? Servers.start(scenario);
    this.#servers.set(key, started);
    return started;
  }

  #sharedHost(servers: Servers): Promise<Host> {
    const known = this.#hosts.get(servers);
    if (known) return known;
    const start = async (): Promise<Host> => {
      const place = { servers, namespace: 'shared', gates: this.#gates };
      const command = this.#options.tested;
      const host = await Host.create({
        name: 'shared',
        command,
        plan: sharedPlan,
        nodes: nodeNames,
        ...place,
      });
      await host.start();
      return host;
    };
    const started = start();
    this.#hosts.set(servers, started);
    return started;
  }

  async #ownHosts(
    plans: NonNullable<Scenario['hosts']>,
    place: { readonly servers: Servers; readonly namespace: string; readonly gates: string },
  ): Promise<Host[]> {
    const hosts: Host[] = [];
    for (const [name, plan] of Object.entries(plans)) {
      for (const command of this.#commandsOf(plan)) {
        const nodes = plan.nodes ?? nodeNames;
        const hostName = plan.language === 'every' ? `${name}.${command.language}` : name;
        hosts.push(await Host.create({ name: hostName, command, plan, nodes, ...place }));
      }
    }
    return hosts;
  }

  #commandsOf({ language }: HostPlan): readonly HostCommand[] {
    const { tested, typescript, every } = this.#options;
    return { tested: [tested], typescript: [typescript], every }[language];
  }
}

/** Those that could be made; of the others, the scenarios that wanted them have told. */
async function made<T>(promises: Iterable<Promise<T>>): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

async function trigger(caller: Caller, name: string, scenario: Scenario): Promise<string> {
  if (!scenario.graph) return '';
  const graphName = name.replaceAll('/', '.');
  await caller.upsert(graphName, scenario.graph);
  return caller.trigger(graphName, scenario.inputs_text ?? JSON.stringify(scenario.inputs), scenario.store);
}

/** Waits for the end of a run, also while state managers come and go. */
async function endOf(caller: () => Caller, runId: string): Promise<EndedRun> {
  return eventually(() => caller().end(runId, endMs), { timeoutMs: endMs });
}

/** @throws Error what is not as expected, still after a while */
async function holds(find: () => Promise<string[]>): Promise<void> {
  await eventually(
    async () => {
      const differences = await find();
      if (differences.length > 0) throw new Error(differences.join('\n'));
      return true;
    },
    { timeoutMs: settleMs, intervalMs: 100 },
  );
}
