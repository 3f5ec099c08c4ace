import type { Assignment as _fanout_v1_Assignment, Assignment__Output as _fanout_v1_Assignment__Output } from '../../fanout/v1/Assignment.ts';

export interface Assignments {
  'items'?: (_fanout_v1_Assignment)[];
}

export interface Assignments__Output {
  'items'?: (_fanout_v1_Assignment__Output)[];
}
