/** The API in OpenAPI 3.1, made of the protocol with its comments. */
import type { FieldType, MessageType, Protocol, Rpc } from '@fanout/proto';
import type { HttpContext, Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

export function openApiRoutes({ calls, answers, protocol, version }: HttpContext): readonly Route[] {
  let document: string | undefined;
  return [
    {
      method: 'GET',
      pattern: /^\/api\/openapi\.json$/,
      async answer(exchange) {
        document ??= JSON.stringify(
          describeApi(protocol(), (path) => calls.kindOf(path) ?? 'requests', version),
        );
        answers.send(exchange, 200, 'application/json; charset=utf-8', document);
      },
    },
  ];
}

/** The document. @param kindOf tells how an RPC can be called; `requests`: not over HTTP */
function describeApi(
  protocol: Protocol,
  kindOf: (path: string) => 'unary' | 'answers' | 'requests',
  version: string,
): Json {
  const paths: Record<string, Json> = { ...ownPaths };
  const used = new Set<string>(['google.rpc.Status']);
  for (const rpc of protocol.rpcs) {
    const kind = kindOf(rpc.path);
    if (kind === 'requests') continue;
    paths[`/api${rpc.path}`] =
      kind === 'unary' ? { post: unaryOperation(rpc) } : { get: streamOperation(rpc) };
    used.add(rpc.request).add(rpc.response);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Fanout',
      version,
      description:
        'RPCs of the Fanout protocol as JSON (proto3 JSON). Fields that end in "Json" are JSON texts.',
    },
    security: [{ bearer: [] }, { cookie: [] }, {}],
    paths,
    components: {
      schemas: schemasOf(protocol, used),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'fanout_token', description: 'Set by POST /login.' },
      },
      responses: {
        Error: { description: 'An error, as google.rpc.Status.', content: jsonOf(ref('google.rpc.Status')) },
      },
    },
  };
}

const errorResponse = { default: { $ref: '#/components/responses/Error' } };

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}

function operation({ service, name, comment }: Rpc): Json {
  const tag = service.split('.').at(-1)!;
  return { operationId: `${tag}_${name}`, tags: [tag], description: comment };
}

function unaryOperation(rpc: Rpc): Json {
  return {
    ...operation(rpc),
    requestBody: { content: jsonOf(ref(rpc.request)) },
    responses: { 200: { description: 'The answer.', content: jsonOf(ref(rpc.response)) }, ...errorResponse },
  };
}

function streamOperation(rpc: Rpc): Json {
  return {
    ...operation(rpc),
    parameters: [{ name: 'request', in: 'query', content: jsonOf(ref(rpc.request)) }],
    responses: {
      200: {
        description: 'Server-sent events: one for each answer, then "end", or "failed" with the error.',
        content: { 'text/event-stream': { schema: ref(rpc.response) } },
      },
      ...errorResponse,
    },
  };
}

/** Schemas of the messages and enums, and of all that they name. */
function schemasOf(protocol: Protocol, names: ReadonlySet<string>): Json {
  const schemas: Record<string, Json> = {};
  const add = (name: string): void => {
    if (name in schemas || name in wellKnown) return;
    const message = protocol.messages.get(name);
    if (message === undefined) {
      const { comment, values } = protocol.enums.get(name)!;
      const lines = values.map((value) => `- ${value.name}: ${value.comment}`);
      schemas[name] = {
        type: 'string',
        enum: values.map((value) => value.name),
        description: [comment, ...lines].join('\n'),
      };
      return;
    }
    schemas[name] = {};
    schemas[name] = messageSchema(protocol, message);
    for (const field of message.fields) {
      const entry = protocol.messages.get(field.type);
      const types = entry?.isMapEntry ? entry.fields : [field];
      for (const { kind, type } of types) if (kind !== 'scalar') add(type);
    }
  };
  for (const name of names) add(name);
  return schemas;
}

function messageSchema(protocol: Protocol, { comment, fields }: MessageType): Json {
  const properties = Object.fromEntries(
    fields.map((field) => [field.name, { ...fieldSchema(protocol, field), description: describe(field) }]),
  );
  return { type: 'object', description: comment, properties };
}

function describe({ comment, oneof }: FieldType): string {
  return oneof === undefined ? comment : `${comment} One of "${oneof}".`;
}

function fieldSchema(protocol: Protocol, field: FieldType): Json {
  const entry = protocol.messages.get(field.type);
  if (entry?.isMapEntry) {
    const value = entry.fields.find(({ name }) => name === 'value')!;
    return { type: 'object', additionalProperties: valueSchema(value) };
  }
  return field.isRepeated ? { type: 'array', items: valueSchema(field) } : valueSchema(field);
}

const wellKnown: Readonly<Record<string, Json>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', pattern: '^-?\\d+(\\.\\d+)?s$' },
  'google.protobuf.Any': {
    type: 'object',
    properties: { '@type': { type: 'string' } },
    additionalProperties: true,
  },
};

function valueSchema({ kind, type }: FieldType): Json {
  if (kind !== 'scalar') return wellKnown[type] ?? ref(type);
  switch (type) {
    case 'string':
      return { type: 'string' };
    case 'bool':
      return { type: 'boolean' };
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64' };
    case 'double':
    case 'float':
      return { type: 'number' };
    default:
      return type.endsWith('64') ? { type: 'string', format: type } : { type: 'integer', format: type };
  }
}

const parameter = (name: string, place: string, description: string): Json => ({
  name,
  in: place,
  description,
  required: place === 'path',
  schema: { type: 'string' },
});

/** Paths that are no RPCs. */
const ownPaths: Readonly<Record<string, Json>> = {
  '/api/namespaces/{namespace}/graphs/{graph}/runs': {
    post: {
      operationId: 'trigger',
      tags: ['Triggers'],
      description: "Starts a run of a graph's newest version; the body is its inputs.",
      parameters: [
        parameter('namespace', 'path', 'The tenant.'),
        parameter('graph', 'path', "The graph's name."),
        parameter('wait', 'query', 'Seconds to wait for the end, such as 30s; 300 at most.'),
        parameter('idempotency-key', 'header', 'The same key makes no second run.'),
      ],
      requestBody: { content: jsonOf({ type: 'object', additionalProperties: true }) },
      responses: {
        200: {
          description: 'The run has ended, with its results; or, without "wait", it was there.',
          content: jsonOf({
            type: 'object',
            properties: {
              runId: { type: 'string' },
              created: { type: 'boolean' },
              run: ref('fanout.v1.Run'),
              results: { type: 'array', items: ref('fanout.v1.RunResult') },
              nextPageToken: { type: 'string', description: 'For ListResults; absent: these are all.' },
            },
          }),
        },
        201: { description: 'The run has begun.' },
        202: { description: 'It has not ended in time.' },
        ...errorResponse,
      },
    },
  },
  '/api/session': {
    get: {
      operationId: 'session',
      tags: ['Login'],
      description: 'Tells whose token the caller has.',
      responses: {
        200: {
          description: 'The namespace and the role, if tokens are asked for.',
          content: jsonOf({
            type: 'object',
            properties: {
              needsToken: { type: 'boolean' },
              namespace: { type: 'string' },
              role: { type: 'string', enum: ['admin', 'client', 'runtime'] },
            },
          }),
        },
        ...errorResponse,
      },
    },
  },
};
