/** `fanout init FOLDER`: a small project that runs. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Call, type Outcome, withOutput } from '../connection/with-client.ts';
import { UsageError } from '../errors.ts';
import { ownFile, version } from '../own-package.ts';
import { printable } from '../terminal/printable.ts';

export function addInitCommand(program: Command): void {
  program
    .command('init [folder]')
    .description(
      'make a small project that runs: nodes, a graph and a README, in a folder that is new or empty',
    )
    .action(withOutput(init));
}

/** Files of the project as they are, and the manifest, which has versions. */
const manifestFile = 'package.json';

async function init({ output }: Omit<Call, 'client'>, given: string | undefined): Outcome {
  const folder = resolve(given ?? '.');
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(
      `${folder} is not empty: "fanout init" writes into a folder that is new or empty`,
      'Name another folder: fanout init FOLDER',
    );
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(ownFile('starter'));
  for (const file of files) copyFileSync(ownFile('starter', file), join(folder, file));
  writeFileSync(join(folder, manifestFile), manifestFor(basename(folder)));
  const all = [manifestFile, ...files];
  output.show({ folder, files: all }, () => [
    `made ${printable(folder)}: ${all.join(', ')}`,
    'Next:',
    `  cd ${printable(given ?? '.')} && npm install`,
    '  npx fanout dev                       a state manager; leave it running',
    '  npm start                            in another terminal: the nodes',
    '  npx fanout graph put letters graph.json',
    `  npx fanout run start letters --inputs '{"text": "every branch counts once"}' --watch`,
  ]);
}

/** The manifest of the project. The packages have one version, and zod is the one that the SDK takes. */
function manifestFor(folderName: string): string {
  const { dependencies } = JSON.parse(readFileSync(ownFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // Names of packages have few characters.
  const name =
    folderName
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'fanout-project';
  const manifest = {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: { start: 'node nodes.js' },
    dependencies: { '@fanout/runtime': dependencies['@fanout/runtime'], zod: '^4.6.7' },
    devDependencies: { '@fanout/cli': version },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
