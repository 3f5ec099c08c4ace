/** A folder that one process at a time may have. */
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';

/**
 * Makes the folder if it is missing, and claims it until we end, however we do. False: another process has it.
 *
 * A claim is a socket on which its owner listens: unlike a file with the number of a process, it cannot be mistaken when
 * that number has become another's, after a crash or a restart of the machine. Claims are numbered, and the newest one
 * counts. Its number is never given again, and nobody moves or removes it before there is a newer one: what was found
 * to be left over cannot be a living claim a moment later.
 * @throws Error of the system: the folder cannot be written to, or has no sockets
 */
export async function claimFolder(folder: string): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK);
  for (;;) {
    const newest = newestClaim(folder);
    if (newest > 0 && (await isAnswered(claimPath(folder, newest)))) return false;
    if (await claimAs(newest + 1, folder)) return true;
  }
}

/** Numbers of all claims that were made and not yet removed, whether their owners live or not. */
function claimsIn(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const [, number] = /^owner-([1-9]\d*)$/.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

/** The number of the claim that counts; 0: there is none. */
function newestClaim(folder: string): number {
  return Math.max(0, ...claimsIn(folder));
}

function claimPath(folder: string, number: number): string {
  return join(folder, `owner-${number}`);
}

/** The socket of a claim. Such a path has at most some 100 characters, and the working folder may be deep. */
function socketOf(claim: string): string {
  return relative(process.cwd(), join(claim, 'sock'));
}

/** Makes the claim of that number. False: others were faster, and the number or a later one is theirs. */
async function claimAs(number: number, folder: string): Promise<boolean> {
  // Somebody listens before others can see it: a claim that does not answer never will.
  const made = mkdtempSync(join(folder, 'claim-'));
  const server = await listen(socketOf(made)).catch((error: Error) => {
    rmSync(made, { recursive: true, force: true });
    throw error;
  });
  const claim = claimPath(folder, number);
  const isMoved = moveUnlessThere(made, claim);
  // The number may have been free only because it is older than the newest one, whose owner has removed it.
  if (isMoved && newestClaim(folder) === number) {
    server.unref();
    removeOlder(number, folder);
    return true;
  }
  server.close();
  rmSync(isMoved ? claim : made, { recursive: true, force: true });
  return false;
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject).listen(path, () => resolve(server));
  });
}

/** A folder that has something in it cannot be replaced by another one, so that only one of several gets the name. */
function moveUnlessThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/**
 * True if the owner of the claim lives. Only two errors say that nobody listens; one who may not ask, since
 * the owner is another user's process, has to take it for alive.
 */
function isAnswered(claim: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(claim), () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

function removeOlder(number: number, folder: string): void {
  for (const each of claimsIn(folder)) {
    if (each < number) rmSync(claimPath(folder, each), { recursive: true, force: true });
  }
}
