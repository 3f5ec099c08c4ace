import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { SchemaChecker } from '../engine/ports.ts';

/** Compiled schemas that are kept. */
const mostCompiled = 2_000;

/** Checks values with compiled JSON Schemas (draft 2020-12); formats are annotations. */
export class AjvSchemaChecker implements SchemaChecker {
  readonly #ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    addUsedSchema: false,
    allErrors: false,
  });
  readonly #compiled = new Map<string, ValidateFunction>();

  check(schemaJson: string, value: unknown): string | undefined {
    const validate = this.#validator(schemaJson);
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    if (!error) return 'it does not match';
    const where = error.instancePath === '' ? 'the object' : error.instancePath.slice(1).replaceAll('/', '.');
    const extra =
      error.keyword === 'additionalProperties' ? ` (${String(error.params.additionalProperty)})` : '';
    return `${where} ${error.message}${extra}`;
  }

  #validator(schemaJson: string): ValidateFunction {
    const known = this.#compiled.get(schemaJson);
    if (known) return known;
    // The key of one schema must not clash with that of another: compiled ones are told apart by their text.
    const { $id: _, ...schema } = JSON.parse(schemaJson) as Record<string, unknown>;
    const validate = this.#ajv.compile(schema);
    if (this.#compiled.size >= mostCompiled) {
      this.#compiled.clear();
      this.#ajv.removeSchema();
    }
    this.#compiled.set(schemaJson, validate);
    return validate;
  }
}
