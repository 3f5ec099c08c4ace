import { type Reference, references } from '../graph/expression.ts';
import { quoted } from '../json/json.ts';
import { didYouMean } from '../json/nearest.ts';
import type { Violations } from '../json/violations.ts';
import type { GraphTemplate, NodeTemplate } from './graph-template.ts';
import { NodeSet } from './node-set.ts';
import { type Mention, reservedNames } from './parse-expression.ts';
import { nameOf, type Topology } from './topology.ts';
import { encloses, maxScopes, type UniteCover, type UniteScopes } from './unite-scopes.ts';

/** The value that each expression of a template names; without those that name nothing, or nothing visible. */
export type Bindings = ReadonlyMap<Mention, Reference>;

/** Looks up what every expression names, and reports what does not exist or is not visible where it stands. */
export function bindExpressions(
  template: GraphTemplate,
  topology: Topology,
  scopes: UniteScopes,
  violations: Violations,
): Bindings {
  const bindings = new Map<Mention, Reference>();
  const declaredKeys = new Set([...template.store.requiredKeys, ...template.store.defaults.keys()]);
  for (const node of template.nodes) {
    const lists = new Lists(node.index, topology, scopes);
    for (const mention of mentionsOf(node)) {
      const reference = bind(mention, node, lists);
      if (reference !== undefined) bindings.set(mention, reference);
    }
    for (const mention of keyMentionsOf(node)) {
      const { kind } = bindings.get(mention) ?? {};
      if (kind !== 'united' && kind !== 'unite') continue;
      violations.add(
        mention.at,
        'INVALID_RATE_KEY',
        () =>
          `the key of a rate is one value, and this names what ${nameOf(node)} unites: name an ancestor of the united node, the store or the trigger`,
      );
    }
  }
  return bindings;

  function bind(mention: Mention, node: NodeTemplate, lists: Lists): Reference | undefined {
    const { at, expression } = mention;
    switch (expression.kind) {
      case 'trigger':
        return expression;
      case 'store':
        if (template.isStoreKnown && !declaredKeys.has(expression.key)) {
          violations.add(
            at,
            'UNDECLARED_STORE_KEY',
            () =>
              `the store key ${quoted(expression.key)} is neither in store_config.required_keys nor in default_values: add it to one of them`,
          );
        }
        return expression;
      case 'unite':
        if (node.unites !== undefined) return expression;
        violations.add(
          at,
          'UNITE_MISPLACED',
          () =>
            `${nameOf(node)} does not unite, and \${{ unite.… }} is for nodes that do: take it from the uniting node's outputs`,
        );
        return undefined;
      case 'outputs':
        return bindOutputs(at, expression, node, lists);
    }
  }

  function bindOutputs(
    at: string,
    { identifier, path }: { readonly identifier: string; readonly path: readonly string[] },
    node: NodeTemplate,
    lists: Lists,
  ): Reference | undefined {
    const source = topology.byIdentifier.get(identifier)?.index;
    if (source === undefined) {
      violations.add(at, 'UNKNOWN_IDENTIFIER', () => {
        const known = [...topology.byIdentifier.keys(), ...reservedNames];
        return `no node has the identifier ${quoted(identifier)}: ${didYouMean(identifier, known)}`;
      });
      return undefined;
    }
    const ancestors = scopes.ancestors[node.index];
    if (ancestors?.has(source)) return { kind: 'output', node: source, path };
    if (lists.has(source)) return { kind: 'united', node: source, path };
    if (ancestors !== undefined) {
      violations.add(at, 'NOT_VISIBLE', () => explain(source, node.index, template.nodes, topology, scopes));
    }
    return undefined;
  }
}

/** The expressions in all inputs of a node. */
export function mentionsOf(node: NodeTemplate): Mention[] {
  return [
    ...[...node.inputs.values()].flatMap(({ template }) => references(template)),
    ...keyMentionsOf(node),
  ];
}

/** Whatever the key of its rate names. */
function keyMentionsOf({ rate }: NodeTemplate): Mention[] {
  return rate?.key ? references(rate.key.template) : [];
}

/** Lists that uniting nodes see, by node, worked out when first asked. */
class Lists {
  readonly #index: number;
  readonly #topology: Topology;
  readonly #scopes: UniteScopes;
  readonly #scope: UniteCover | undefined;
  #passing: ReadonlyMap<number, NodeSet> | undefined;

  constructor(index: number, topology: Topology, scopes: UniteScopes) {
    this.#index = index;
    this.#topology = topology;
    this.#scopes = scopes;
    this.#scope = scopes.unites.get(index);
  }

  has(node: number): boolean {
    if (this.#scope === undefined || !encloses(this.#scope, node)) return false;
    // A template that nests too deep is refused as that; to go on counting ways in it could take minutes.
    if (this.#scopes.coveredBy.some((by) => by.length > maxScopes)) return true;
    this.#passing ??= this.#findPassing(this.#scope);
    return this.#passing.get(node)?.has(node) === true;
  }

  /**
   * Finds for each node of the scope the nodes whose results can pass from there to the uniting node: those for which
   * some way is left that passes no inner unite that unites or covers them.
   */
  #findPassing(scope: UniteCover): Map<number, NodeSet> {
    const { next, position } = this.#topology;
    const passing = new Map<number, NodeSet>();
    const inside = [scope.target, ...scope.covers].sort((a, b) => position[b]! - position[a]!);
    for (const node of inside) {
      const here = new NodeSet(next.length);
      for (const target of next[node]!) {
        if (target === this.#index) for (const each of inside) here.add(each);
        else if (scope.covers.has(target)) here.addAll(this.#entering(target, passing.get(target)!));
      }
      passing.set(node, here);
    }
    return passing;
  }

  #entering(node: number, passing: NodeSet): NodeSet {
    const inner = this.#scopes.unites.get(node);
    return inner === undefined ? passing : passing.copy().deleteAll(inner.covers).delete(inner.target);
  }
}

/** The reason why a node that exists is not visible from another. */
function explain(
  source: number,
  reader: number,
  nodes: readonly NodeTemplate[],
  { reaches }: Topology,
  { unites }: UniteScopes,
): string {
  const [from, to] = [nameOf(nodes[source]), nameOf(nodes[reader])];
  if (source === reader) return `${to} cannot read its own outputs: name an ancestor`;
  if (!reaches[source]!.has(reader)) {
    return `${from} does not lead to ${to}, and a node sees only its ancestors: name one of them`;
  }
  for (const [closer, scope] of unites) {
    if (!encloses(scope, source) || !reaches[closer]!.has(reader)) continue;
    return `${from} is not visible from ${to}, because ${nameOf(nodes[closer])} unites its branches in between: let ${nameOf(nodes[closer])} pass on what is needed`;
  }
  return `${from} is not visible from ${to}, because some way to ${to} does not pass it: name a node that lies on every way`;
}
