import type { Emit as _fanout_v1_Emit, Emit__Output as _fanout_v1_Emit__Output } from '../../fanout/v1/Emit.ts';

export interface Emits {
  'items'?: (_fanout_v1_Emit)[];
}

export interface Emits__Output {
  'items'?: (_fanout_v1_Emit__Output)[];
}
