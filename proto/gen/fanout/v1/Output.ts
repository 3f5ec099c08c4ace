import type { Route as _fanout_v1_Route, Route__Output as _fanout_v1_Route__Output } from '../../fanout/v1/Route.ts';

export interface Output {
  'outputJson'?: (string);
  'route'?: (_fanout_v1_Route | null);
  'label'?: (string);
}

export interface Output__Output {
  'outputJson'?: (string);
  'route'?: (_fanout_v1_Route__Output);
  'label'?: (string);
}
