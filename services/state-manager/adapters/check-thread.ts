/** The thread of `CheckThreads`: checks values and templates, compiles schemas, and does not mind how long it takes. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { readRounded } from '../domain/json/exact-json.ts';
import { checkUpload } from '../domain/template/check-upload.ts';
import type { Check, CheckAnswer, CheckBatch, CheckNotice, SchemaQuestion } from './check-messages.ts';
import { CompiledSchemas } from './compiled-schemas.ts';

/** A batch that has taken so long is given back, so that other namespaces have their turn, milliseconds. */
const maxBatchMs = 50;

const schemas = new CompiledSchemas();

function problemOf({ schemaJson, valueJson }: SchemaQuestion): string | undefined {
  try {
    if (valueJson !== undefined) return schemas.check(schemaJson, readRounded(valueJson));
    schemas.compile(schemaJson);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function answerTo({ kind, question }: Check): CheckAnswer {
  try {
    return { kind: 'done', answer: kind === 'schema' ? problemOf(question) : checkUpload(question) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function serve(port: MessagePort): void {
  const tell = (notice: CheckNotice) => port.postMessage(notice);
  port.on('message', ({ checks }: CheckBatch) => {
    const startedAt = performance.now();
    for (const check of checks) {
      tell({ kind: 'answer', answer: answerTo(check) });
      if (performance.now() - startedAt > maxBatchMs) break;
    }
    tell({ kind: 'ended' });
  });
  schemas.warmUp();
  tell({ kind: 'ready' });
}

if (parentPort) serve(parentPort);
