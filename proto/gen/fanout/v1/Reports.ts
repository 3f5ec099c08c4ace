import type { Report as _fanout_v1_Report, Report__Output as _fanout_v1_Report__Output } from '../../fanout/v1/Report.ts';

export interface Reports {
  'items'?: (_fanout_v1_Report)[];
}

export interface Reports__Output {
  'items'?: (_fanout_v1_Report__Output)[];
}
