/** Writes `gen/`, from the .proto files beside this script: the types of the messages, and descriptors with their comments. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
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

/** Inputs of buf: the protocol with Google's error model, and gRPC's health service. */
const described = [join(here, '..'), join(here, '../node_modules/grpc-health-check/proto')];
const buf = join(here, '../node_modules/.bin/buf');
const sets = described.map((input) =>
  commented(execFileSync(buf, ['build', input, '--as-file-descriptor-set', '-o', '-#format=binpb'])),
);
// Of two sets of files, one behind the other, protobuf makes one set.
writeFileSync(join(out, 'descriptors.binpb'), Buffer.concat(sets));

interface SourceFile {
  readonly sourceCodeInfo: { location: readonly object[] };
}

/** The same set without the places of what has no comment: three of four, which who asks for a file has no use for. */
function commented(encoded: Buffer): Buffer {
  const types = loadSync('google/protobuf/descriptor.proto');
  const { deserialize, serialize } = types[
    'google.protobuf.FileDescriptorSet'
  ] as unknown as MessageTypeDefinition<object, { readonly file: readonly SourceFile[] }>;
  const set = deserialize(encoded);
  for (const { sourceCodeInfo } of set.file)
    sourceCodeInfo.location = sourceCodeInfo.location.filter((place) =>
      ['leadingComments', 'trailingComments', 'leadingDetachedComments'].some((name) => name in place),
    );
  return serialize(set);
}
