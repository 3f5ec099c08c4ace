import type { Welcome as _fanout_v1_Welcome, Welcome__Output as _fanout_v1_Welcome__Output } from '../../fanout/v1/Welcome.ts';
import type { Assignments as _fanout_v1_Assignments, Assignments__Output as _fanout_v1_Assignments__Output } from '../../fanout/v1/Assignments.ts';
import type { Acks as _fanout_v1_Acks, Acks__Output as _fanout_v1_Acks__Output } from '../../fanout/v1/Acks.ts';
import type { Cancellations as _fanout_v1_Cancellations, Cancellations__Output as _fanout_v1_Cancellations__Output } from '../../fanout/v1/Cancellations.ts';
import type { Ping as _fanout_v1_Ping, Ping__Output as _fanout_v1_Ping__Output } from '../../fanout/v1/Ping.ts';
import type { Pong as _fanout_v1_Pong, Pong__Output as _fanout_v1_Pong__Output } from '../../fanout/v1/Pong.ts';
import type { Drain as _fanout_v1_Drain, Drain__Output as _fanout_v1_Drain__Output } from '../../fanout/v1/Drain.ts';

export interface ConnectResponse {
  'welcome'?: (_fanout_v1_Welcome | null);
  'assignments'?: (_fanout_v1_Assignments | null);
  'acks'?: (_fanout_v1_Acks | null);
  'cancellations'?: (_fanout_v1_Cancellations | null);
  'ping'?: (_fanout_v1_Ping | null);
  'pong'?: (_fanout_v1_Pong | null);
  'drain'?: (_fanout_v1_Drain | null);
  'frame'?: "welcome"|"assignments"|"acks"|"cancellations"|"ping"|"pong"|"drain";
}

export interface ConnectResponse__Output {
  'welcome'?: (_fanout_v1_Welcome__Output);
  'assignments'?: (_fanout_v1_Assignments__Output);
  'acks'?: (_fanout_v1_Acks__Output);
  'cancellations'?: (_fanout_v1_Cancellations__Output);
  'ping'?: (_fanout_v1_Ping__Output);
  'pong'?: (_fanout_v1_Pong__Output);
  'drain'?: (_fanout_v1_Drain__Output);
  'frame'?: "welcome"|"assignments"|"acks"|"cancellations"|"ping"|"pong"|"drain";
}
