import { createHash } from 'node:crypto';
import type { NodeDefinition } from '../../domain/model/node.ts';

/**
 * Definitions of nodes, one for each content however many sessions have it: a thousand processes of one program name the
 * same schemas. Each is kept for as long as a session has it.
 */
export class SharedDefinitions {
  readonly #byContent = new Map<string, WeakRef<NodeDefinition>>();
  readonly #unused = new FinalizationRegistry<string>((content) => {
    // The same content may have come again meanwhile.
    if (this.#byContent.get(content)?.deref() === undefined) this.#byContent.delete(content);
  });

  /** The definition with the same content that another session has; the given one if none has. */
  share(definition: NodeDefinition): NodeDefinition {
    const content = createHash('sha256').update(JSON.stringify(definition)).digest('base64');
    const known = this.#byContent.get(content)?.deref();
    if (known) return known;
    this.#byContent.set(content, new WeakRef(definition));
    this.#unused.register(definition, content);
    return definition;
  }
}
