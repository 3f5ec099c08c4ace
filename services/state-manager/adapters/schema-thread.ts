/** The thread of `SchemaThreads`: compiles schemas and checks values, and does not mind how long it takes. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { readRounded } from '../domain/json/exact-json.ts';
import { CompiledSchemas } from './compiled-schemas.ts';
import type { SchemaBatch, SchemaJob, SchemaNotice } from './schema-messages.ts';

/** A batch that has taken so long is given back, so that other namespaces have their turn, milliseconds. */
const maxBatchMs = 50;

const schemas = new CompiledSchemas();

function problemOf({ schemaJson, valueJson }: SchemaJob): string | undefined {
  try {
    if (valueJson !== undefined) return schemas.check(schemaJson, readRounded(valueJson));
    schemas.compile(schemaJson);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function serve(port: MessagePort): void {
  const tell = (notice: SchemaNotice) => port.postMessage(notice);
  port.on('message', ({ jobs }: SchemaBatch) => {
    const startedAt = performance.now();
    for (const job of jobs) {
      tell({ kind: 'answer', problem: problemOf(job) });
      if (performance.now() - startedAt > maxBatchMs) break;
    }
    tell({ kind: 'ended' });
  });
  schemas.warmUp();
  tell({ kind: 'ready' });
}

if (parentPort) serve(parentPort);
