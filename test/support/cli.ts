/** The command line `fanout`: the built one where `npm test` has built it, else its sources. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RunningProcess, root, startProcess } from '../../scripts/processes.ts';

export interface CliOptions {
  /** Settings of the environment, in place of all that begin with `FANOUT_`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that it runs in; the repository if absent. */
  readonly cwd?: string;
  /** All of its standard input; none if absent. */
  readonly input?: string;
}

export interface CliOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Arguments of Node that start it. */
function programFlags(): string[] {
  if (process.env.FANOUT_STATE_MANAGER) return [join(root, 'services/cli/dist/fanout.js')];
  return ['--import', tsx, join(root, 'services/cli/fanout.ts')];
}

function environmentWith(env: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:FANOUT_|NO_COLOR$|FORCE_COLOR$)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'),
    ...env,
  } as Record<string, string>;
}

/** Runs it to its end. */
async function runCli(
  words: readonly string[],
  { env = {}, cwd = root, input = '' }: CliOptions = {},
): Promise<CliOutcome> {
  const child = spawn(process.execPath, [...programFlags(), ...words], { cwd, env: environmentWith(env) });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // It may end without having read all of it.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** Starts it, to be looked at while it runs, and stopped. */
function startCli(
  words: readonly string[],
  { env = {}, cwd = root }: CliOptions = {},
): Promise<RunningProcess> {
  return startProcess({
    name: `fanout ${words.join(' ')}`,
    command: process.execPath,
    arguments: [...programFlags(), ...words],
    cwd,
    env: environmentWith(env),
  });
}

/** The command line with an environment that a test knows once its state manager serves. */
export class TestCli {
  readonly #env: () => Readonly<Record<string, string>>;

  constructor(env: () => Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Arguments of Node that start it, for a test that speaks with it. */
  static flags(): readonly string[] {
    return programFlags();
  }

  environment(): Record<string, string> {
    return environmentWith(this.#env());
  }

  run(words: readonly string[], options: CliOptions = {}): Promise<CliOutcome> {
    return runCli(words, { ...options, env: { ...this.#env(), ...options.env } });
  }

  start(words: readonly string[], options: CliOptions = {}): Promise<RunningProcess> {
    return startCli(words, { ...options, env: { ...this.#env(), ...options.env } });
  }

  /** Runs a command that has to succeed, and gives what it prints, which has no escapes: it goes into a pipe. */
  async succeed(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(words);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}${stdout}`);
    assert.ok(!stdout.includes('\u001b'), stdout);
    return stdout;
  }

  /** Values of a command with `--json`: one a line. */
  async values(...words: readonly string[]): Promise<Record<string, unknown>[]> {
    const text = await this.succeed(...words, '--json');
    const lines = text.split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
