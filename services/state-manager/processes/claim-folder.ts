/** A folder that one process at a time may have. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative, resolve } from 'node:path';

/**
 * Makes the folder if it is missing, and claims it until we end, however we do. False: another process has it.
 *
 * The claim is a socket in the folder, on which its owner listens: unlike a file with the number of a process, it
 * cannot be mistaken when that number has become another's, after a crash or a restart of the machine.
 * @throws Error the folder cannot be written to, or has no sockets
 */
export async function claimFolder(folder: string): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  // Paths of sockets are at most some 100 characters long, and the working folder may be deep.
  const path = relative(process.cwd(), join(folder, 'owner.sock'));
  for (;;) {
    const server = await listen(path);
    if (server) {
      server.unref();
      const file = resolve(path);
      process.once('exit', () => rmSync(file, { force: true }));
      return true;
    }
    if (await answers(path)) return false;
    if (!(await removeLeftover(path))) return false;
  }
}

/** Undefined: the path is there, with or without a process that listens. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((done, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') done(undefined);
      else reject(new Error(`${path} cannot be made, which says who uses the folder: ${error.message}`));
    });
    server.listen(path, () => done(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path, () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

/** False: in the meantime another process has claimed the folder, and what was about to be removed is its claim. */
async function removeLeftover(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Another process has removed it.
    return true;
  }
  if (await answers(aside)) {
    renameSync(aside, path);
    return false;
  }
  rmSync(aside, { force: true });
  return true;
}
