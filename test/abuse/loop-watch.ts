/**
 * Flags with which a state manager is started so that it tells of itself: how long its event loop has worked without a pause, by the processor
 * time of its main thread, which a machine with other work to do does not lengthen.
 */
const program = `
import { readFileSync } from 'node:fs';
const file = '/proc/self/task/' + process.pid + '/schedstat';
const worked = () => Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6;
let before = worked();
let longestMs = 0;
const look = () => {
  const now = worked();
  longestMs = Math.max(longestMs, now - before);
  before = now;
};
setInterval(look, 5).unref();
let count = 0;
process.on('SIGUSR2', () => {
  look();
  console.log(JSON.stringify({ event: 'loop_watched', count: ++count, durationMs: longestMs }));
  longestMs = 0;
});
process.on('SIGPWR', () => {
  globalThis.gc();
  before = worked();
});
`;

/** Flags of Node with which a state manager logs `loop_watched` when it gets SIGUSR2, and collects its garbage when it gets SIGPWR. */
export const loopWatchFlags = [
  '--expose-gc',
  '--import',
  `data:text/javascript,${encodeURIComponent(program)}`,
];
