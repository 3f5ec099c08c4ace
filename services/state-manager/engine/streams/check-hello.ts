import type { Hello } from '../../domain/model/stream.ts';
import { FanoutError } from '../../errors.ts';
import type { SchemaChecker } from '../ports/storage.ts';

/**
 * Checks the schemas of the nodes that a runtime says it hosts, before any state is checked with them.
 * @throws FanoutError HELLO_INVALID that names each schema that cannot be used
 */
export function checkHello(schemas: SchemaChecker, { nodes }: Hello): void {
  const violations = nodes.flatMap(({ name, inputSchemaJson, outputSchemaJson }, i) =>
    (
      [
        ['input_schema_json', inputSchemaJson],
        ['output_schema_json', outputSchemaJson],
      ] as const
    ).flatMap(([field, schemaJson]) => {
      const problem = schemaJson === '' ? undefined : problemOf(schemas, schemaJson);
      if (problem === undefined) return [];
      const description = `${field} of ${name} ${problem}`;
      return [{ path: `nodes[${i}].${field}`, code: 'SCHEMA_INVALID', description }];
    }),
  );
  if (violations.length === 0) return;
  const message = `the hello names nodes whose schemas cannot be used: ${violations[0]!.description}`;
  throw new FanoutError('HELLO_INVALID', message, { violations });
}

function problemOf(schemas: SchemaChecker, schemaJson: string): string | undefined {
  try {
    schemas.check(schemaJson, {});
    return undefined;
  } catch (error) {
    return `is not a JSON Schema that can be checked: ${(error as Error).message}`;
  }
}
