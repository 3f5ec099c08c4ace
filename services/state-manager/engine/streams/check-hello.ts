import type { Hello } from '../../domain/model/stream.ts';
import { FanoutError, type FieldViolation } from '../../errors.ts';
import type { SchemaChecker } from '../ports/storage.ts';

/** Bytes of all schemas of a hello. */
const maxSchemasBytes = 1024 * 1024;

/** A schema of a hello. */
interface NamedSchema {
  readonly path: string;
  /** Names the schema and its node in a sentence. */
  readonly noun: string;
  readonly schemaJson: string;
}

/**
 * Checks the schemas of the nodes that a runtime says it hosts, before any state is checked with them.
 * @throws FanoutError HELLO_INVALID that names each schema that cannot be used
 */
export async function checkHello(schemas: SchemaChecker, { namespace, nodes }: Hello): Promise<void> {
  const named = nodes.flatMap(({ name, inputSchemaJson, outputSchemaJson }, i): NamedSchema[] => [
    schemaOf(i, name, 'input_schema_json', inputSchemaJson),
    schemaOf(i, name, 'output_schema_json', outputSchemaJson),
  ]);
  const given = named.filter(({ schemaJson }) => schemaJson !== '');
  const excess = excessOf(given);
  if (excess !== undefined) throw helloInvalid([excess]);
  // Each once, whichever nodes have it.
  const problems = new Map<string, Promise<string | undefined>>();
  for (const { schemaJson } of given)
    if (!problems.has(schemaJson)) problems.set(schemaJson, schemas.compile(namespace, schemaJson));
  const violations: FieldViolation[] = [];
  for (const one of given) {
    const problem = await problems.get(one.schemaJson);
    if (problem !== undefined)
      violations.push(violation(one, `is not a JSON Schema that can be used: ${problem}`));
  }
  if (violations.length > 0) throw helloInvalid(violations);
}

function schemaOf(node: number, name: string, field: string, schemaJson: string): NamedSchema {
  return { path: `nodes[${node}].${field}`, noun: `${field} of ${name}`, schemaJson };
}

/** The first schema with which all of them are more than a hello can have. */
function excessOf(given: readonly NamedSchema[]): FieldViolation | undefined {
  let bytes = 0;
  for (const one of given) {
    bytes += Buffer.byteLength(one.schemaJson);
    if (bytes > maxSchemasBytes) {
      const rule = `is more than the ${maxSchemasBytes} bytes that the schemas of a hello can have together: describe less, or host the nodes in several runtimes`;
      return violation(one, rule);
    }
  }
  return undefined;
}

function violation({ path, noun }: NamedSchema, rule: string): FieldViolation {
  return { path, code: 'SCHEMA_INVALID', description: `${noun} ${rule}` };
}

function helloInvalid(violations: readonly FieldViolation[]): FanoutError {
  const message = `the hello names nodes whose schemas cannot be used: ${violations[0]!.description}`;
  return new FanoutError('HELLO_INVALID', message, { violations });
}
