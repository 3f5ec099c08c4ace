import type { GraphNode } from '../../domain/graph/graph.ts';
import { readJson } from '../../domain/json/exact-json.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { OutputRef, StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { StoreStorage } from '../ports/store.ts';
import { unitedItems, uniteValues } from '../tree/united-lists.ts';
import {
  type Corrections,
  iteratedInputs,
  listsFailure,
  needsOf,
  type SharedValues,
  type UnitedValues,
  unitedNeedsOf,
} from './evaluate-inputs.ts';

/** Part of an assignment's inputs that failures of branches may take, where they are handed over whole. */
const failureShare = 1 / 4;

/** A state whose inputs are read. */
interface StateOfRun {
  readonly run: LoadedRun;
  readonly record: StateRecord;
}

/** Texts that need not be read again. */
export interface KnownTexts {
  /** The JSON of an output, if it is known. @param key as `outputKey` gives it */
  output(runId: string, key: string): string | undefined;
  /** The inputs of the trigger, if they are known. */
  triggerInputs(runId: string): string | undefined;
}

/** Values that states of one run share. */
export type ReadValues = SharedValues & {
  /** So many of the states have all of theirs, the first ones; at least one. */
  readonly states: number;
  /** Characters of all texts that were read. */
  readonly characters: number;
};

/** Corrected states that are read at once: each may have as many bytes as a frame. */
const correctedAtOnce = 4;

/** The states up to the first that would be one too many. */
function withFewCorrections(group: readonly StateOfRun[]): readonly StateOfRun[] {
  let corrected = 0;
  const tooMany = group.findIndex(
    ({ record }) => record.standing.corrected !== undefined && ++corrected > correctedAtOnce,
  );
  return tooMany < 0 ? group : group.slice(0, tooMany);
}

/** Reads what the inputs of states name. */
export class InputReader {
  readonly #storage: RunReader;
  readonly #store: StoreStorage;
  readonly #maxInputBytes: number;

  constructor(storage: RunReader, store: StoreStorage, maxInputBytes: number) {
    this.#storage = storage;
    this.#store = store;
    this.#maxInputBytes = maxInputBytes;
  }

  /**
   * Reads each output and each key of the store once, whichever states of a run name it, unless it is known.
   * @param bytes of outputs: the states behind those for which they do are left for another read
   */
  async shared(given: readonly StateOfRun[], known: KnownTexts, bytes: number): Promise<ReadValues> {
    const group = withFewCorrections(given);
    const { runId, graph } = group[0]!.run;
    const needs = needsOf(graph, group);
    const storeKeys = [...needs.storeKeys];
    const lengths = new TextLengths();
    const outputs = new Map<string, unknown>();
    const missing: MissingOutput[] = [];
    let place = 0;
    for (const [key, ref] of needs.outputs) {
      const json = known.output(runId, key);
      if (json === undefined) missing.push({ key, ref, place });
      else outputs.set(key, lengths.read(json));
      place++;
    }
    const [ofFirst = 0] = needs.outputsUpTo;
    const atLeast = missing.filter((output) => output.place < ofFirst).length;
    const corrected = [...needs.corrections];
    const [texts, triggerJson, storeTexts, correctionTexts] = await Promise.all([
      this.#storage.outputsUpTo(
        runId,
        missing.map(({ ref }) => ref),
        { bytes, atLeast },
      ),
      needs.trigger ? (known.triggerInputs(runId) ?? this.#storage.triggerInputs(runId)) : '{}',
      storeKeys.length > 0 ? this.#store.values(runId, storeKeys) : [],
      corrected.length > 0 ? this.#storage.corrections(runId, corrected) : [],
    ]);
    texts.forEach((text, i) => {
      if (text !== undefined) outputs.set(missing[i]!.key, lengths.read(text));
    });
    const unread = missing[texts.length]?.place ?? needs.outputs.size;
    const states = unread === needs.outputs.size ? group.length : countUpTo(needs.outputsUpTo, unread);
    const store = new Map(storeKeys.map((key, i) => [key, lengths.read(storeTexts[i] ?? 'null')]));
    const trigger = lengths.read(triggerJson) as Record<string, unknown>;
    const corrections = new Map(
      corrected.map((state, i) => [state, lengths.read(correctionTexts[i]!) as Corrections]),
    );
    return {
      outputs,
      trigger,
      store,
      corrections,
      states,
      longest: lengths.longest,
      characters: lengths.sum,
    };
  }

  /** Reads what a uniting state needs beside that. @param iterators inputs that its node reads in pages */
  async united(
    { run, record }: StateOfRun,
    node: GraphNode,
    iterators: readonly string[],
  ): Promise<UnitedValues | { readonly failure: Failure }> {
    const iterated = iteratedInputs(node, iterators);
    const needs = unitedNeedsOf(node, iterated);
    const lists = new Map<string, unknown[]>();
    let bytes = 0;
    for (const [key, list] of needs.lists) {
      const items: unknown[] = [];
      lists.set(key, items);
      for await (const page of unitedItems(this.#storage, run, record, list)) {
        for (const { json } of page) {
          bytes += json.length + 1;
          items.push(readJson(json));
        }
        const failure = listsFailure(bytes, this.#maxInputBytes);
        if (failure) return { failure };
      }
    }
    const { failures, failuresLeftOut } = needs;
    const maxFailureBytes = this.#maxInputBytes * failureShare;
    const unite = needs.unite
      ? await uniteValues(this.#storage, run, record, { failures, failuresLeftOut, maxFailureBytes })
      : {};
    return { lists, unite, iterated };
  }

  /** Reads how many outputs each work has emitted, by its first state, where an earlier attempt has emitted. */
  async acceptedEmits(group: readonly StateOfRun[]): Promise<ReadonlyMap<number, number>> {
    const works = group.flatMap(({ record }) => (record.hasEmitted ? [record.work] : []));
    const accepted = await this.#storage.acceptedEmits(group[0]!.run.runId, works);
    return new Map(works.map((work, i) => [work, accepted[i]!]));
  }
}

/** An output that has to be read, and its place among all that the states need. */
interface MissingOutput {
  readonly key: string;
  readonly ref: OutputRef;
  readonly place: number;
}

/** Counts those of ascending numbers that are no larger than a limit. */
function countUpTo(ascending: readonly number[], limit: number): number {
  const first = ascending.findIndex((number) => number > limit);
  return first < 0 ? ascending.length : first;
}

/** Characters of texts that are parsed. */
class TextLengths {
  longest = 0;
  sum = 0;

  read(json: string): unknown {
    this.longest = Math.max(this.longest, json.length);
    this.sum += json.length;
    return readJson(json);
  }
}
