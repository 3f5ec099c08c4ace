import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import type { SchemaChecker } from '../engine/ports/storage.ts';
import { boundedCall } from './bounded-call.ts';

/** Compiled schemas that are kept. */
const maxCompiled = 2_000;
/** Checks of one schema that may take too long before nothing is checked with it any more. */
const maxTimeouts = 3;
/**
 * Keywords with which a small value can take for ever; a schema without them takes time in proportion to its own size.
 */
const boundless = /"(?:pattern|patternProperties|uniqueItems|\$ref|\$dynamicRef)":/;
const maxUnbounded = 8_192;

const options = { strict: false, validateFormats: false, allErrors: false };

interface Compiled {
  readonly validate: ValidateFunction;
  readonly isBounded: boolean;
  timeouts: number;
}

/** Checks values with compiled JSON Schemas (draft 2020-12); formats are annotations. */
export class AjvSchemaChecker implements SchemaChecker {
  readonly #ajv = new Ajv2020(options);
  readonly #compiled = new LRUCache<string, Compiled>({ max: maxCompiled });
  readonly #checkMs: number;

  /** @param checkMs how long one check may take, milliseconds: nothing else goes on meanwhile */
  constructor(checkMs = 1_000) {
    this.#checkMs = checkMs;
  }

  check(schemaJson: string, value: unknown): string | undefined {
    const compiled = this.#find(schemaJson);
    const { validate, isBounded } = compiled;
    const tooSlow = `cannot be checked within ${this.#checkMs} ms: simplify the patterns, references or unique items of the schema`;
    if (compiled.timeouts >= maxTimeouts) return tooSlow;
    const checked = isBounded
      ? { result: validate(value) }
      : boundedCall(() => validate(value), this.#checkMs);
    if (checked === 'TIMEOUT') {
      compiled.timeouts++;
      return tooSlow;
    }
    if (checked.result) return undefined;
    const [error] = validate.errors ?? [];
    if (!error) return 'it does not match';
    const where = error.instancePath === '' ? 'the object' : error.instancePath.slice(1).replaceAll('/', '.');
    const extra =
      error.keyword === 'additionalProperties' ? ` (${String(error.params.additionalProperty)})` : '';
    return `${where} ${error.message}${extra}`;
  }

  #find(schemaJson: string): Compiled {
    const known = this.#compiled.get(schemaJson);
    if (known) return known;
    const schema = JSON.parse(schemaJson) as Record<string, unknown>;
    if (!this.#ajv.validateSchema(schema))
      throw new Error(this.#ajv.errorsText(undefined, { dataVar: 'it' }));
    // Of its own, so that the ids in one schema mean nothing in another, whosever they are.
    const validate = new Ajv2020({ ...options, validateSchema: false }).compile(schema);
    // Written anew, because a key can be written with escapes.
    const isBounded = schemaJson.length <= maxUnbounded && !boundless.test(JSON.stringify(schema));
    const compiled = { validate, isBounded, timeouts: 0 };
    this.#compiled.set(schemaJson, compiled);
    return compiled;
  }
}
