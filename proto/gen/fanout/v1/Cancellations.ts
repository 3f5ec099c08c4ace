import type { Cancellation as _fanout_v1_Cancellation, Cancellation__Output as _fanout_v1_Cancellation__Output } from '../../fanout/v1/Cancellation.ts';

export interface Cancellations {
  'items'?: (_fanout_v1_Cancellation)[];
}

export interface Cancellations__Output {
  'items'?: (_fanout_v1_Cancellation__Output)[];
}
