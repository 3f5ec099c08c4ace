/**
 * Readers of templates. Zod, which reads the configuration, does not do here: users get every mistake at once, with its path
 * and the nearest name, numbers stay exact, and the domain has no npm.
 */

import { ExactNumber } from './exact-json.ts';
import { elementPath, isJsonObject, type JsonObject, jsonTypeOf, memberPath, own, quoted } from './json.ts';
import { didYouMean } from './nearest.ts';
import type { Violations } from './violations.ts';

/** Reads one JSON value, reports what is wrong with it, and gives what is usable of it. */
export type Reader<T> = (value: unknown, path: string, violations: Violations) => T | undefined;

/** The result of an object reader: its fields, each absent if it is missing or unusable. */
export type FieldsOf<R extends Record<string, Reader<unknown>>> = {
  [K in keyof R]?: Exclude<ReturnType<R[K]>, undefined>;
};

/**
 * Reads an object that has the fields of `readers` and no others.
 * @param what the object in words, for messages, such as `a node`
 */
export function objectOf<R extends Record<string, Reader<unknown>>>(
  what: string,
  readers: R,
  required: readonly (keyof R & string)[] = [],
): Reader<FieldsOf<R>> {
  return (value, path, violations) => {
    const object = jsonObject(value, path, violations);
    if (object === undefined) return undefined;
    for (const key of Object.keys(object)) {
      if (Object.hasOwn(readers, key)) continue;
      violations.add(
        memberPath(path, key),
        'UNKNOWN_FIELD',
        () => `${what} has no field ${quoted(key)}: ${didYouMean(key, Object.keys(readers))}`,
      );
    }
    for (const key of required) {
      if (Object.hasOwn(object, key)) continue;
      violations.add(path, 'REQUIRED_FIELD', () => `${what} needs the field "${key}": add it`);
    }
    const fields = Object.entries(readers).flatMap(([key, read]) => {
      if (!Object.hasOwn(object, key)) return [];
      const field = read(own(object, key), memberPath(path, key), violations);
      return field === undefined ? [] : [[key, field] as const];
    });
    return Object.fromEntries(fields) as FieldsOf<R>;
  };
}

export const jsonObject: Reader<JsonObject> = (value, path, violations) => {
  if (isJsonObject(value)) return value;
  return refuseType(value, path, violations, 'an object');
};

/** Any value but a missing one. */
export const anything: Reader<unknown> = (value) => value;

export const text: Reader<string> = (value, path, violations) => {
  if (typeof value === 'string') return value;
  return refuseType(value, path, violations, 'a string');
};

/** A string that matches; `rule` completes the sentence "… must be". */
export function textLike(pattern: RegExp, code: string, rule: string): Reader<string> {
  return (value, path, violations) => {
    const read = text(value, path, violations);
    if (read === undefined || pattern.test(read)) return read;
    violations.add(path, code, () => `${quoted(read)} must be ${rule}`);
    return undefined;
  };
}

export function oneOf<const T extends string>(values: readonly T[]): Reader<T> {
  return (value, path, violations) => {
    const read = text(value, path, violations);
    const found = values.find((candidate) => candidate === read);
    if (found !== undefined || read === undefined) return found;
    violations.add(
      path,
      'INVALID_VALUE',
      () => `${quoted(read)} is not a value of this field: ${didYouMean(read, values)}`,
    );
    return undefined;
  };
}

/** A finite number that `holds`, as a double; `rule` completes the sentence "… must be". */
export function numberLike(holds: (value: number) => boolean, rule: string): Reader<number> {
  return (given, path, violations) => {
    const value = given instanceof ExactNumber ? Number(given.text) : given;
    if (typeof value !== 'number') return refuseType(value, path, violations, rule);
    if (Number.isFinite(value) && holds(value)) return value;
    violations.add(path, 'INVALID_VALUE', () => `the number ${value} must be ${rule}: change it`);
    return undefined;
  };
}

export const positiveInteger = numberLike(
  (value) => Number.isSafeInteger(value) && value > 0,
  'a whole number greater than 0',
);

/** An array; elements that are unusable are left out. */
export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (value, path, violations) => {
    if (!Array.isArray(value)) return refuseType(value, path, violations, 'an array');
    return value.flatMap((element: unknown, index) => {
      const item = read(element, elementPath(path, index), violations);
      return item === undefined ? [] : [item];
    });
  };
}

/** An object with any keys; members that are unusable are left out. */
export function mapOf<T>(read: Reader<T>): Reader<ReadonlyMap<string, T>> {
  return (value, path, violations) => {
    const object = jsonObject(value, path, violations);
    if (object === undefined) return undefined;
    const members = Object.entries(object).flatMap(([key, member]) => {
      const item = read(member, memberPath(path, key), violations);
      return item === undefined ? [] : [[key, item] as const];
    });
    return new Map(members);
  };
}

/** @param wanted completes the sentence "… must be" */
export function refuseType(value: unknown, path: string, violations: Violations, wanted: string): undefined {
  violations.add(path, 'INVALID_TYPE', () => {
    const type = jsonTypeOf(value);
    const found = type === 'null' ? 'null' : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
    return `this is ${found} and must be ${wanted}: change it, or leave the field out if it is optional`;
  });
  return undefined;
}

/** Adds the path at which it was found to what `read` gives. */
export function withPath<T>(read: Reader<T>): Reader<{ readonly path: string; readonly value: T }> {
  return (value, path, violations) => {
    const found = read(value, path, violations);
    return found === undefined ? undefined : { path, value: found };
  };
}
