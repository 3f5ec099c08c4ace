import type { Progress as _fanout_v1_Progress, Progress__Output as _fanout_v1_Progress__Output } from '../../fanout/v1/Progress.ts';

export interface Heartbeat {
  'progress'?: (_fanout_v1_Progress)[];
}

export interface Heartbeat__Output {
  'progress'?: (_fanout_v1_Progress__Output)[];
}
