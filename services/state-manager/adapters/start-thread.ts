import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread from its file, which lies in this folder, in the sources and in what is built of them.
 * @param name the file's, without its extension
 */
export function startThread(name: string, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, import.meta.url), options);
  // Only in the repository: what makes the main thread read TypeScript does not reach other threads.
  const [tsx, file] = [import.meta.resolve('tsx/esm/api'), new URL(`./${name}.ts`, import.meta.url)];
  const program = `import('${tsx}').then(({ register }) => { register(); return import('${file.href}'); })`;
  return new Worker(program, { ...options, eval: true });
}
