import { storageError } from './redis.ts';

/**
 * The same object; what its asynchronous methods reject with says what callers may be told. A proxy, because the
 * methods are many, and one that is forgotten would tell callers what Redis said.
 */
export function withStorageErrors<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        const result: unknown = member.apply(object, given);
        if (!(result instanceof Promise)) return result;
        return result.catch((error: Error) => {
          throw storageError(error);
        });
      };
    },
  });
}
