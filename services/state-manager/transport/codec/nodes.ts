import type * as wire from '@fanout/proto';
import type { Capacity, ConnectedRuntime, NodeDefinition, RegisteredNode } from '../../domain/model/node.ts';
import type { Page } from '../../domain/model/page.ts';
import type { NodeRate } from '../../domain/model/rate.ts';
import type { ErrorReason } from '../../errors.ts';
import { invalid, maxIdLength, readId, readInteger, readJsonObject, readText } from './fields.ts';
import { toTimestamp } from './time.ts';

const maxCapacity = 100_000;
const maxNodes = 1_000;
const maxSchemaBytes = 256 * 1024;
const maxSecrets = 100;
const maxIteratorInputs = 100;
const rateLimits = { min: 1, max: 10_000 };
/** Milliseconds. */
const rateSpans = { min: 100, max: 86_400_000 };
/** Dotted path in the inputs of a node; empty: none. */
const rateKeyPattern = /^(?:[^.\s]{1,128}(?:\.[^.\s]{1,128}){0,15})?$/;

export function decodeCapacity(capacity: wire.Capacity__Output | undefined, reason: ErrorReason): Capacity {
  const range = { min: 0, max: maxCapacity };
  // Without a prototype, so that a node may be called `constructor`.
  const perNode: Record<string, number> = Object.create(null);
  const names = Object.keys(capacity?.perNode ?? {});
  if (names.length > maxNodes) {
    throw invalid('capacity.per_node', `has ${names.length} entries, ${maxNodes} are allowed`, reason);
  }
  for (const name of names) {
    readId('capacity.per_node', name, reason);
    perNode[name] = readInteger(`capacity.per_node.${name}`, capacity?.perNode?.[name], range, reason);
  }
  return {
    total: readInteger('capacity.total', capacity?.total, range, reason),
    perNode,
    lingering: readInteger('capacity.lingering', capacity?.lingering, range, reason),
  };
}

export function encodeCapacity(capacity: Capacity): wire.Capacity {
  const { total, perNode, lingering } = capacity;
  return { total, perNode, ...(lingering > 0 && { lingering }) };
}

function decodeDefinition(node: wire.NodeDefinition__Output, at: string): NodeDefinition {
  return {
    name: readId(`${at}.name`, node.name, 'HELLO_INVALID'),
    inputSchemaJson: readJsonObject(
      `${at}.input_schema_json`,
      node.inputSchemaJson,
      'HELLO_INVALID',
      maxSchemaBytes,
    ),
    outputSchemaJson: readJsonObject(
      `${at}.output_schema_json`,
      node.outputSchemaJson,
      'HELLO_INVALID',
      maxSchemaBytes,
    ),
    secrets: readSecretNames(`${at}.secrets`, node.secrets ?? []),
    iteratorInputs: readInputNames(`${at}.iterator_inputs`, node.iteratorInputs ?? []),
    openFanOut: node.openFanOut === true,
    description: readText(`${at}.description`, node.description, 4_096, 'HELLO_INVALID'),
    ...(node.rate && { rate: readRate(`${at}.rate`, node.rate) }),
  };
}

function readRate(field: string, { limit, perMs, key = '' }: wire.NodeRate__Output): NodeRate {
  if (!rateKeyPattern.test(key))
    throw invalid(
      `${field}.key`,
      'must be a dotted path in the inputs of at most 16 names without white space, such as customer.id',
      'HELLO_INVALID',
    );
  return {
    limit: readInteger(`${field}.limit`, limit, rateLimits, 'HELLO_INVALID'),
    perMs: readInteger(`${field}.per_ms`, perMs, rateSpans, 'HELLO_INVALID'),
    key,
  };
}

function readInputNames(field: string, names: readonly string[]): readonly string[] {
  if (names.length > maxIteratorInputs) {
    throw invalid(field, `has ${names.length} entries, ${maxIteratorInputs} are allowed`, 'HELLO_INVALID');
  }
  if (names.some((name) => name.length === 0 || name.length > 128))
    throw invalid(field, 'must name inputs, 1 to 128 characters each', 'HELLO_INVALID');
  return names;
}

function readSecretNames(field: string, names: readonly string[]): readonly string[] {
  if (names.length > maxSecrets) {
    throw invalid(field, `has ${names.length} entries, ${maxSecrets} are allowed`, 'HELLO_INVALID');
  }
  for (const name of names) {
    readId(field, name, 'HELLO_INVALID');
    if (name === '__proto__')
      throw invalid(field, 'has the name "__proto__", which is reserved', 'HELLO_INVALID');
  }
  if (new Set(names).size < names.length) throw invalid(field, 'has a name twice', 'HELLO_INVALID');
  return names;
}

/** The nodes of a hello. */
export function decodeDefinitions(nodes: readonly wire.NodeDefinition__Output[]): NodeDefinition[] {
  if (nodes.length > maxNodes) {
    throw invalid('nodes', `has ${nodes.length} entries, ${maxNodes} are allowed`, 'HELLO_INVALID');
  }
  const names = new Set<string>();
  return nodes.map((node, index) => {
    const definition = decodeDefinition(node, `nodes[${index}]`);
    if (names.has(definition.name)) {
      throw invalid(
        `nodes[${index}].name`,
        `"${definition.name}" is there twice: a node has one definition`,
        'HELLO_INVALID',
      );
    }
    names.add(definition.name);
    return definition;
  });
}

export function encodeDefinition(definition: NodeDefinition): wire.NodeDefinition {
  return {
    name: definition.name,
    inputSchemaJson: definition.inputSchemaJson,
    outputSchemaJson: definition.outputSchemaJson,
    secrets: [...definition.secrets],
    iteratorInputs: [...definition.iteratorInputs],
    openFanOut: definition.openFanOut,
    description: definition.description,
    ...(definition.rate && { rate: definition.rate }),
  };
}

/** Characters of the texts of a node. */
export function charactersOfNode({ definition }: RegisteredNode): number {
  const { inputSchemaJson, outputSchemaJson, description, secrets, iteratorInputs } = definition;
  let characters = inputSchemaJson.length + outputSchemaJson.length + description.length;
  for (const name of secrets) characters += name.length;
  for (const name of iteratorInputs) characters += name.length;
  return characters;
}

export function encodeNodes(page: Page<RegisteredNode>): wire.ListNodesResponse {
  return {
    nodes: page.items.map((node) => ({
      definition: encodeDefinition(node.definition),
      registerTime: toTimestamp(node.registeredAt),
    })),
    nextPageToken: page.nextPageToken ?? '',
  };
}

export function encodeRuntime(runtime: ConnectedRuntime): wire.ConnectedRuntime {
  return {
    sessionId: runtime.sessionId,
    runtimeName: runtime.runtimeName,
    language: runtime.language,
    nodeNames: [...runtime.nodeNames],
    capacity: encodeCapacity(runtime.capacity),
    inFlight: runtime.inFlight,
    connectTime: toTimestamp(runtime.connectedAt),
    draining: runtime.isDraining,
  };
}

/** Characters of the texts of a connected runtime. */
export function charactersOfRuntime({ nodeNames, capacity }: ConnectedRuntime): number {
  let characters = maxIdLength * 4;
  for (const name of nodeNames) characters += name.length + 2;
  for (const name of Object.keys(capacity.perNode)) characters += name.length + 16;
  return characters;
}

export function encodeRuntimes(page: Page<ConnectedRuntime>): wire.ListRuntimesResponse {
  return { runtimes: page.items.map(encodeRuntime), nextPageToken: page.nextPageToken ?? '' };
}
