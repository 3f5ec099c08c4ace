/** `npm run generate:go [-- FOLDER]`: writes the messages and services of the Go runtime, from the .proto files. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { goFolder, goTool, prepareGo } from './go.ts';
import { root } from './processes.ts';

const { go, missing } = prepareGo();
if (go === undefined) throw new Error(`the messages of the Go runtime are not written: ${missing}`);

const out = resolve(process.argv[2] ?? join(goFolder, 'fanoutv1'));
const opt = [
  'module=github.com/fanout/fanout/runtime/go/fanoutv1',
  // Google's error model, which has a package of its own.
  'Mgoogle/rpc/status.proto=google.golang.org/genproto/googleapis/rpc/status',
];
const plugins = ['protoc-gen-go', 'protoc-gen-go-grpc'].map((name) => ({
  local: [go, '-C', goFolder, ...goTool, name],
  out,
  opt,
}));
rmSync(out, { recursive: true, force: true });
const template = JSON.stringify({ version: 'v2', plugins });
execFileSync(
  join(root, 'node_modules/.bin/buf'),
  ['generate', 'proto', '--path', 'proto/fanout', '--template', template],
  { cwd: root, stdio: 'inherit' },
);
