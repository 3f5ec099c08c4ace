import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';

/** Compiled schemas that are kept, by their number and by the characters of their texts. */
const maxCompiled = 2_000;
const maxCompiledCharacters = 4_000_000;

const options = {
  strict: false,
  validateFormats: false,
  allErrors: false,
  // A reference is a call and no copy of its target: code grows with the text of a schema, and not with what it expands to.
  inlineRefs: false,
  // Its passes take time with the square of the text, and make checks no faster.
  code: { optimize: false },
  // It would write the code of a schema that fails to the log.
  logger: false,
} as const;

/** JSON Schemas (draft 2020-12) as code; formats are annotations. Nothing here bounds time: the callers do. */
export class CompiledSchemas {
  readonly #ajv = new Ajv2020(options);
  readonly #compiled = new LRUCache<string, ValidateFunction>({
    max: maxCompiled,
    maxSize: maxCompiledCharacters,
    sizeCalculation: (_, schemaJson) => schemaJson.length + 1,
  });

  /** Prepares what every schema needs, some 30 ms once, so that no schema is charged with it. */
  warmUp(): void {
    void this.#ajv.validateSchema({});
  }

  /** Compiles a schema. @throws Error it is none, it refers to what it does not hold, or it is too wide or too deep */
  compile(schemaJson: string): ValidateFunction {
    const known = this.#compiled.get(schemaJson);
    if (known) return known;
    const schema = JSON.parse(schemaJson) as object;
    if (!this.#ajv.validateSchema(schema))
      throw new Error(this.#ajv.errorsText(undefined, { dataVar: 'it' }));
    const validate = compileAlone(schema);
    this.#compiled.set(schemaJson, validate);
    return validate;
  }

  /** The first rule that a value breaks, as a sentence; undefined: none. @throws Error as `compile` */
  check(schemaJson: string, value: unknown): string | undefined {
    const validate = this.compile(schemaJson);
    try {
      if (validate(value)) return undefined;
    } catch (error) {
      if (error instanceof RangeError)
        return 'is never checked to an end: the schema refers to itself endlessly';
      throw error;
    }
    const [error] = validate.errors ?? [];
    if (!error) return 'it does not match';
    const where = error.instancePath === '' ? 'the object' : error.instancePath.slice(1).replaceAll('/', '.');
    const extra =
      error.keyword === 'additionalProperties' ? ` (${String(error.params.additionalProperty)})` : '';
    return `${where} ${error.message}${extra}`;
  }
}

/** Compiles with ids of its own, so that those in one schema mean nothing in another, whosever they are. */
function compileAlone(schema: object): ValidateFunction {
  try {
    return new Ajv2020({ ...options, validateSchema: false }).compile(schema);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error('it lists or nests too much to be compiled: split it, with references to the parts');
  }
}
