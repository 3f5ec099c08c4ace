/** Writes `gen/`: the types of the messages, from the .proto files beside this script. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './files.ts';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, 'gen');
const tool = createRequire(import.meta.url).resolve('@grpc/proto-loader/build/bin/proto-loader-gen-types.js');

// The tool writes a root type for each file that it is given; one that imports all gives one root type.
const temporary = mkdtempSync(join(tmpdir(), 'fanout-proto-'));
writeFileSync(
  join(temporary, 'fanout.proto'),
  `syntax = "proto3";\n${files.map((file) => `import "${file}";\n`).join('')}`,
);
rmSync(out, { recursive: true, force: true });
const flags = [
  '--longs=Number',
  '--enums=String',
  '--oneofs',
  '--grpcLib=@grpc/grpc-js',
  '--targetFileExtension=.ts',
];
const sources = [here, join(here, 'third_party'), temporary];
const folders = [...sources.map((folder) => `--includeDirs=${folder}`), `--outDir=${out}`];
execFileSync(process.execPath, [tool, ...flags, ...folders, 'fanout.proto']);
rmSync(temporary, { recursive: true });

for (const file of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.ts')) continue;
  const text = readFileSync(join(out, file), 'utf8')
    .replace(/^\/\/ Original file: .*\n\n?/, '')
    .replace(/(from '\.[^']*?)(\.ts)?';/g, "$1.ts';");
  writeFileSync(join(out, file), text);
}
const messages = readdirSync(join(out, 'fanout/v1')).sort();
writeFileSync(
  join(out, 'types.ts'),
  messages.map((file) => `export type * from './fanout/v1/${file}';\n`).join(''),
);
