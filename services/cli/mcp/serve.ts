/**
 * Server of the Model Context Protocol on standard input and output: one message of JSON-RPC a line. Written by hand: its
 * SDK brings HTTP servers and OAuth along, for three methods that a tool server answers.
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { explainError } from '../errors.ts';
import { parseJson, writeJson } from '../json/exact-json.ts';

/** A tool that a model may call. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments: an object. */
  readonly inputSchema: object;
  /** Calls it. Gives text, or a value that is JSON. @throws whatever `explainError` explains */
  call(given: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface ServerOptions {
  readonly version: string;
  readonly tools: readonly Tool[];
  /** Text for the model about all of it. */
  readonly instructions: string;
  write(line: string): void;
}

/** Versions of the protocol that differ in nothing that is used here, the newest first. */
const protocolVersions = ['2025-06-18', '2025-03-26', '2024-11-05'];

const codes = { parse: -32700, request: -32600, method: -32601, params: -32602 } as const;

type Id = string | number;
type Fields = Readonly<Record<string, unknown>>;

/** The refusal of a request. */
class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Serves until the end of the input, and of every call that has begun. */
export async function serveTools(input: Readable, options: ServerOptions): Promise<void> {
  const calls = new Set<Promise<void>>();
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const call = answer(line, options).finally(() => calls.delete(call));
    calls.add(call);
  }
  await Promise.all(calls);
}

async function answer(line: string, options: ServerOptions): Promise<void> {
  const send = (message: object): void => options.write(writeJson({ jsonrpc: '2.0', ...message }));
  const refuse = (id: Id | null, { code, message }: RpcError): void => send({ id, error: { code, message } });
  let message: unknown;
  try {
    message = parseJson(line);
  } catch (error) {
    return refuse(null, new RpcError(codes.parse, (error as Error).message));
  }
  if (!isFields(message) || typeof message.method !== 'string')
    return refuse(null, new RpcError(codes.request, 'give one message a line: an object with a method'));
  const { id, method, params } = message;
  // A notification: nobody waits for an answer.
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  try {
    send({ id, result: await resultOf(method, isFields(params) ? params : {}, options) });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    refuse(id, error);
  }
}

async function resultOf(
  method: string,
  params: Fields,
  { version, tools, instructions }: ServerOptions,
): Promise<object> {
  switch (method) {
    case 'initialize': {
      const asked = params.protocolVersion;
      const protocolVersion = protocolVersions.find((each) => each === asked) ?? protocolVersions[0];
      return {
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'fanout', version },
        instructions,
      };
    }
    case 'ping':
      return {};
    case 'tools/list':
      return {
        tools: tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
      };
    case 'tools/call':
      return callTool(params, tools);
    default:
      throw new RpcError(
        codes.method,
        `there is no method "${method}": there is initialize, ping, tools/list, tools/call`,
      );
  }
}

/** An error of a tool is a result: the model is to read it, and to try something else. */
async function callTool({ name, arguments: given }: Fields, tools: readonly Tool[]): Promise<object> {
  const tool = tools.find((each) => each.name === name);
  if (tool === undefined)
    throw new RpcError(
      codes.params,
      `there is no tool "${String(name)}": there is ${tools.map((each) => each.name).join(', ')}`,
    );
  try {
    const value = await tool.call(isFields(given) ? given : {});
    return { content: [{ type: 'text', text: typeof value === 'string' ? value : writeJson(value, 2) }] };
  } catch (error) {
    const { message, next } = explainError(error);
    return {
      content: [{ type: 'text', text: next === undefined ? message : `${message}\n${next}` }],
      isError: true,
    };
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
