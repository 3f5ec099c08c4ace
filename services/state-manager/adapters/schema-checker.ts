import { LRUCache } from 'lru-cache';
import { getOrAdd } from '../domain/get-or-add.ts';
import type { SchemaChecker } from '../engine/ports/storage.ts';
import { LoopAllowance } from '../loop-allowance.ts';
import type { SchemaQuestion } from './check-messages.ts';
import type { CheckEnd, CheckThreads } from './check-threads.ts';
import { CompiledSchemas } from './compiled-schemas.ts';
import { type SchemaCost, schemaCost } from './schema-cost.ts';

/** Characters of a schema, and schemas in it with those that it refers to, that the event loop compiles. */
const maxLoopCharacters = 8_192;
const maxLoopSchemas = 1_000;
/** Steps of one check that the event loop takes: some 10 milliseconds at most, and most take a thousandth of it. */
const maxLoopSteps = 1_000_000;
/** Time that a check in a thread has for each character of its schema, which may have to be compiled, milliseconds. */
const compileMsPerCharacter = 0.01;
/** Schemas whose cost is kept. */
const maxKnown = 2_000;
/** Checks with one schema that may be broken off before nothing is checked with it any more. */
const maxBrokenOff = 3;
/** Schemas with such checks that are kept. */
const maxSlow = 200;

/**
 * Checks values with compiled JSON Schemas. The event loop does what is cheap for sure: a small schema whose steps are bounded, for a
 * value that is not too large, as long as the namespace has not taken more than its share of the loop. Threads do all else.
 */
export class AjvSchemaChecker implements SchemaChecker {
  readonly #compiled = new CompiledSchemas();
  readonly #allowance = new LoopAllowance({ burstMs: 100, share: 0.2 });
  readonly #threads: CheckThreads;
  /** Costs of schemas; UNBOUNDED: the loop neither compiles it nor checks with it. */
  readonly #costs = new LRUCache<string, SchemaCost | 'UNBOUNDED'>({ max: maxKnown });
  /** Checks that were broken off, by namespace and schema. */
  readonly #brokenOff = new LRUCache<string, number>({ max: maxSlow });
  #isWarm = false;

  constructor(threads: CheckThreads) {
    this.#threads = threads;
  }

  check(
    namespace: string,
    schemaJson: string,
    value: unknown,
    valueJson: string,
  ): string | undefined | Promise<string | undefined> {
    if (!this.#allowance.has(namespace)) return this.#inThread(namespace, schemaJson, valueJson);
    const startedAt = this.#clock();
    try {
      if (stepsOf(this.#costOf(schemaJson), valueJson) <= maxLoopSteps)
        return this.#compiled.check(schemaJson, value);
    } catch (error) {
      return unusable(error as Error);
    } finally {
      this.#allowance.take(namespace, startedAt);
    }
    return this.#inThread(namespace, schemaJson, valueJson);
  }

  async compile(namespace: string, schemaJson: string): Promise<string | undefined> {
    if (this.#allowance.has(namespace)) {
      const startedAt = this.#clock();
      try {
        if (this.#costOf(schemaJson) !== 'UNBOUNDED') {
          this.#compiled.compile(schemaJson);
          return undefined;
        }
      } catch (error) {
        return (error as Error).message;
      } finally {
        this.#allowance.take(namespace, startedAt);
      }
    }
    return this.#sentence(await this.#ask(namespace, { schemaJson }), 'compiled');
  }

  #clock(): number {
    if (!this.#isWarm) this.#compiled.warmUp();
    this.#isWarm = true;
    return performance.now();
  }

  /** @throws SyntaxError the schema is no JSON */
  #costOf(schemaJson: string): SchemaCost | 'UNBOUNDED' {
    if (schemaJson.length > maxLoopCharacters) return 'UNBOUNDED';
    return getOrAdd<string, SchemaCost | 'UNBOUNDED'>(this.#costs, schemaJson, () => {
      const cost = schemaCost(JSON.parse(schemaJson));
      return cost !== 'UNBOUNDED' && cost.expandedSchemas <= maxLoopSchemas ? cost : 'UNBOUNDED';
    });
  }

  async #inThread(namespace: string, schemaJson: string, valueJson: string): Promise<string | undefined> {
    // Only where something was broken off: the texts may be long.
    const key = this.#brokenOff.size > 0 ? `${namespace} ${schemaJson}` : '';
    if ((this.#brokenOff.get(key) ?? 0) >= maxBrokenOff) return this.#tooSlow('checked');
    const end = await this.#ask(namespace, { schemaJson, valueJson });
    if (end.kind === 'too_long' || end.kind === 'too_large') this.#count(`${namespace} ${schemaJson}`);
    return this.#sentence(end, 'checked');
  }

  #ask(namespace: string, question: SchemaQuestion): Promise<CheckEnd<'schema'>> {
    const { schemaJson, valueJson = '' } = question;
    const characters = schemaJson.length + valueJson.length;
    const extraMs = schemaJson.length * compileMsPerCharacter;
    return this.#threads.check(namespace, 'schema', question, { characters, extraMs });
  }

  #count(key: string): void {
    this.#brokenOff.set(key, (this.#brokenOff.get(key) ?? 0) + 1);
  }

  #sentence(end: CheckEnd<'schema'>, done: 'checked' | 'compiled'): string | undefined {
    switch (end.kind) {
      case 'done':
        return end.answer;
      case 'too_long':
        return this.#tooSlow(done);
      case 'too_large':
        return `cannot be ${done} in the memory that this may take: ${simplify}`;
      case 'refused':
        return `is not ${done}, since too many checks of its namespace wait already: ${simplify}`;
    }
  }

  #tooSlow(done: 'checked' | 'compiled'): string {
    return `cannot be ${done} within ${this.#threads.checkMs} ms: ${simplify}`;
  }
}

/** Steps of a check, at most. */
function stepsOf(cost: SchemaCost | 'UNBOUNDED', valueJson: string): number {
  if (cost === 'UNBOUNDED') return Number.POSITIVE_INFINITY;
  const nodes = valueJson.length / 2;
  return cost.stepsPerNode * nodes + cost.stepsPerSquare * nodes ** 2;
}

const simplify =
  'simplify the patterns, references, alternatives or unique items of the schema, or check less with it';

function unusable(error: Error): string {
  return `cannot be checked, since the schema cannot be used: ${error.message}`;
}
