import type { Ack as _fanout_v1_Ack, Ack__Output as _fanout_v1_Ack__Output } from '../../fanout/v1/Ack.ts';

export interface Acks {
  'items'?: (_fanout_v1_Ack)[];
}

export interface Acks__Output {
  'items'?: (_fanout_v1_Ack__Output)[];
}
