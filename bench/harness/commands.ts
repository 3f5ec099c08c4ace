/** Commands to a client process, whatever language it is in. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { RunningProcess } from '../../scripts/processes.ts';
import type { Sizes } from './sample.ts';

/** Time that a client may take to start, milliseconds. */
const startMs = 60_000;

/** A client process that does what it is told. */
export class CommandedProcess {
  readonly process: RunningProcess;
  readonly #port: number;

  private constructor(process: RunningProcess, port: number) {
    this.process = process;
    this.#port = port;
  }

  /** Waits until a process serves commands. @throws Error it ends before that */
  static async over(process: RunningProcess): Promise<CommandedProcess> {
    const read = (line: string) =>
      line.startsWith('{"port"') ? (JSON.parse(line) as { port: number }) : undefined;
    const { port } = await process.waitForLine(read, { timeoutMs: startMs });
    return new CommandedProcess(process, port);
  }

  /** Has a command done and gives what comes of it; no time is too long. @throws Error it fails, or the process ends */
  async do<Result>(command: string, values: Sizes): Promise<Result> {
    const call = request({
      host: '127.0.0.1',
      port: this.#port,
      path: `/${command}`,
      method: 'POST',
      agent: false,
    });
    call.end(JSON.stringify(values));
    let body = '';
    try {
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      for await (const part of response) body += part;
      if (response.statusCode === 200) return JSON.parse(body) as Result;
    } catch (error) {
      body = [(error as Error).message, ...this.process.lines.slice(-15)].join('\n');
    }
    throw new Error(`${this.process.name} could not do ${command}: ${body}`);
  }
}
