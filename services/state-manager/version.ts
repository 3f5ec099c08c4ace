import { createRequire } from 'node:module';

/** The version of this package. Asked for by name, its package.json is the same from the sources and from `dist`. */
export const { version } = createRequire(import.meta.url)('@fanout/server/package.json') as {
  readonly version: string;
};
