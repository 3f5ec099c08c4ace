/**
 * Exits a process as soon as nothing is left to do, without taking apart what Node has: where a request of a handle that was closed
 * is still counted, Node 20 waits for it in a loop without an end (`Environment::CleanupHandles`), and a file of tests
 * that has passed never ends. Imported by commands, and by `npm test` with
 * `--import`. What is left running still keeps the process.
 */
let isLast = false;

process.on('beforeExit', () => {
  if (isLast) process.exit();
  isLast = true;
  // Once more, so that all who wait for this moment have had their turn.
  setImmediate(() => undefined);
});
