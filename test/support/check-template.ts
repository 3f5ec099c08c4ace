/** Checking graph templates in tests. */
import assert from 'node:assert/strict';
import { type CheckedGraph, checkGraph } from '../../services/state-manager/domain/template/check-graph.ts';
import type { KnownNode } from '../../services/state-manager/domain/template/check-schemas.ts';

export type Json = Record<string, unknown>;

/** A node template that lists others. */
export function node(identifier: string, next_nodes: string[] = [], more: Json = {}): Json {
  return { node_name: 'Any', identifier, next_nodes, ...more };
}

/** Checks a template, as JSON or as text, beside nodes that are registered: by default one that takes anything. */
export function check(template: unknown, nodes: Record<string, KnownNode> = { Any: {} }): CheckedGraph {
  const json = typeof template === 'string' ? template : JSON.stringify(template);
  return checkGraph(json, { namespace: 'default', nodes: new Map(Object.entries(nodes)) });
}

/** Each violation as `CODE path`. */
export function broken(template: unknown, nodes?: Record<string, KnownNode>): string[] {
  return check(template, nodes).violations.map(({ code, path }) => `${code} ${path}`);
}

/** The sentence of the one violation. */
export function sentence(template: unknown, nodes?: Record<string, KnownNode>): string {
  const { violations } = check(template, nodes);
  assert.equal(violations.length, 1, JSON.stringify(violations));
  return violations[0]?.description ?? '';
}
