/** Nodes of a process that may be killed while it emits. */
import { CatalogueReader } from '../../../examples/open-fan-out/nodes.ts';

export const nodes = [CatalogueReader];
