import type { Hello as _fanout_v1_Hello, Hello__Output as _fanout_v1_Hello__Output } from '../../fanout/v1/Hello.ts';
import type { Capacity as _fanout_v1_Capacity, Capacity__Output as _fanout_v1_Capacity__Output } from '../../fanout/v1/Capacity.ts';
import type { Reports as _fanout_v1_Reports, Reports__Output as _fanout_v1_Reports__Output } from '../../fanout/v1/Reports.ts';
import type { Emits as _fanout_v1_Emits, Emits__Output as _fanout_v1_Emits__Output } from '../../fanout/v1/Emits.ts';
import type { Heartbeat as _fanout_v1_Heartbeat, Heartbeat__Output as _fanout_v1_Heartbeat__Output } from '../../fanout/v1/Heartbeat.ts';
import type { Ping as _fanout_v1_Ping, Ping__Output as _fanout_v1_Ping__Output } from '../../fanout/v1/Ping.ts';
import type { Pong as _fanout_v1_Pong, Pong__Output as _fanout_v1_Pong__Output } from '../../fanout/v1/Pong.ts';
import type { Goodbye as _fanout_v1_Goodbye, Goodbye__Output as _fanout_v1_Goodbye__Output } from '../../fanout/v1/Goodbye.ts';
import type { LogLines as _fanout_v1_LogLines, LogLines__Output as _fanout_v1_LogLines__Output } from '../../fanout/v1/LogLines.ts';

export interface ConnectRequest {
  'hello'?: (_fanout_v1_Hello | null);
  'capacity'?: (_fanout_v1_Capacity | null);
  'reports'?: (_fanout_v1_Reports | null);
  'emits'?: (_fanout_v1_Emits | null);
  'heartbeat'?: (_fanout_v1_Heartbeat | null);
  'ping'?: (_fanout_v1_Ping | null);
  'pong'?: (_fanout_v1_Pong | null);
  'goodbye'?: (_fanout_v1_Goodbye | null);
  'logLines'?: (_fanout_v1_LogLines | null);
  'frame'?: "hello"|"capacity"|"reports"|"emits"|"heartbeat"|"ping"|"pong"|"goodbye"|"logLines";
}

export interface ConnectRequest__Output {
  'hello'?: (_fanout_v1_Hello__Output);
  'capacity'?: (_fanout_v1_Capacity__Output);
  'reports'?: (_fanout_v1_Reports__Output);
  'emits'?: (_fanout_v1_Emits__Output);
  'heartbeat'?: (_fanout_v1_Heartbeat__Output);
  'ping'?: (_fanout_v1_Ping__Output);
  'pong'?: (_fanout_v1_Pong__Output);
  'goodbye'?: (_fanout_v1_Goodbye__Output);
  'logLines'?: (_fanout_v1_LogLines__Output);
  'frame'?: "hello"|"capacity"|"reports"|"emits"|"heartbeat"|"ping"|"pong"|"goodbye"|"logLines";
}
