/** `fanout doctor`: whether all is well, one line for each thing. */
import type { Command } from 'commander';
import type { Finding } from '../checks/check.ts';
import { checkMachine } from '../checks/check-machine.ts';
import { checkStateManager } from '../checks/check-state-manager.ts';
import { addressesOf, createClient } from '../connection/connection.ts';
import { type Call, type Outcome, withOutput } from '../connection/with-client.ts';
import { environment } from '../environment.ts';
import { exitCodes } from '../exit-codes.ts';
import { paint } from '../terminal/colour.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/printable.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'check the state manager, its runtimes and quotas, the settings here, and with --redis its Redis',
    )
    .option('--redis <url>', 'the Redis of the state manager')
    .action(withOutput(examine));
}

async function examine({ output, options }: Omit<Call<{ redis?: string }>, 'client'>): Outcome {
  const client = createClient(options);
  let hasFailed = false;
  const tell = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      hasFailed ||= finding.verdict === 'fail';
      tellFinding(output, finding);
    }
  };
  try {
    tell(await checkMachine(environment));
    tell(await checkStateManager(client, addressesOf(options)));
    if (options.redis !== undefined) tell(await checkRedisAt(options.redis));
    else output.tell('      --redis URL also checks the Redis of the state manager');
  } finally {
    client.close();
  }
  return hasFailed ? exitCodes.failed : exitCodes.ok;
}

/** Loads what speaks to Redis for those alone who ask for it: it takes a quarter of the time of a start. */
async function checkRedisAt(url: string): Promise<Finding[]> {
  const { checkRedis } = await import('../checks/check-redis.ts');
  return checkRedis(url);
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function tellFinding(output: Output, finding: Finding): void {
  const { verdict, name, text, next } = finding;
  output.show(finding, () => [
    `${paint(colours[verdict], verdict.padEnd(4))}  ${printable(name)}: ${printable(text)}`,
    ...(next === undefined ? [] : [`      ${printable(next)}`]),
  ]);
}
