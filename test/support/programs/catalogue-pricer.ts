/** Nodes that follow the products, apart from the process that emits them. */
import { PriceTotal, ProductPricer } from '../../../examples/open-fan-out/nodes.ts';

export const nodes = [ProductPricer, PriceTotal];
