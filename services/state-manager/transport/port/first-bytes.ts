/** Tells the protocols of one port apart. */
import type { Socket } from 'node:net';

/** Beginning of the preface of HTTP/2, `PRI * HTTP/2.0`: no method of HTTP/1.1 begins with it. */
const preface = Buffer.from('PRI');
/** Time within which a connection has to say something, milliseconds. */
const silentMs = 10_000;

/**
 * Looks at the first bytes of a connection, and leaves them in it. One that says nothing in time is ended.
 * @param decide told once whether it speaks HTTP/2; never if it ends before
 */
export function recogniseHttp2(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let bytes = Buffer.alloc(0);
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, silentMs);

  function look(): void {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const length = Math.min(preface.length, bytes.length);
    const isPreface = bytes.subarray(0, length).equals(preface.subarray(0, length));
    if (isPreface && length < preface.length) return;
    leave();
    socket.unshift(bytes);
    decide(isPreface);
  }

  function leave(): void {
    clearTimeout(timer);
    socket.off('readable', look).off('end', end).off('error', end).off('close', leave);
  }

  socket.on('readable', look).on('end', end).on('error', end).on('close', leave);
}
