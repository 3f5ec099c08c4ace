/** `fanout mcp`: the Model Context Protocol on standard input and output, for assistants that call tools. */
import type { Command } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { serveTools } from '../mcp/serve.ts';
import { toolsFor } from '../mcp/tools.ts';
import { version } from '../own-package.ts';

const instructions =
  'Fanout runs graphs of nodes. "trigger" starts a run, "run" tells how it stands, "why" what it waits for, "failures" what has ' +
  'failed, "retry" tries that again once its cause is mended, "docs" explains graphs, unites, retries and control.';

export function addMcpCommand(program: Command): void {
  program
    .command('mcp')
    .description('serve tools to an assistant on standard input and output (Model Context Protocol)')
    .action(withClient(serve));
}

async function serve({ client }: Call): Outcome {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  await serveTools(process.stdin, { version, tools: toolsFor(client), instructions, write });
}
