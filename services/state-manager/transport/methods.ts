/** Shape of each RPC as far as limits depend on it. An RPC that is in no list has a small request and a small answer. */

/** The largest body of a request that is small by nature, bytes. */
const smallRequestBytes = 64 * 1024;

const largeRequests: ReadonlySet<string> = new Set([
  '/fanout.v1.GraphService/UpsertGraph',
  '/fanout.v1.GraphService/ValidateGraph',
  '/fanout.v1.RunService/RetryRun',
  '/fanout.v1.RunService/TriggerRun',
  '/fanout.v1.RuntimeService/ChangeStore',
  '/fanout.v1.RuntimeService/ReadStore',
]);

const largeAnswers: ReadonlySet<string> = new Set([
  '/fanout.v1.AdminService/ListTokens',
  '/fanout.v1.GraphService/GetGraph',
  '/fanout.v1.GraphService/ListGraphs',
  '/fanout.v1.NodeService/ListNodes',
  '/fanout.v1.NodeService/ListRuntimes',
  '/fanout.v1.RunService/ExplainUnite',
  '/fanout.v1.RunService/GetState',
  '/fanout.v1.RunService/GetStore',
  '/fanout.v1.RunService/GroupFailures',
  '/fanout.v1.RunService/ListResults',
  '/fanout.v1.RunService/ListRunJobs',
  '/fanout.v1.RunService/ListRuns',
  '/fanout.v1.RunService/ListStates',
  '/fanout.v1.RunService/SummarizeBranches',
  '/fanout.v1.RunService/ReadLogs',
  '/fanout.v1.RuntimeService/ReadStore',
  '/fanout.v1.RuntimeService/ReadUnited',
  '/fanout.v1.ScheduleService/ListSchedules',
]);

/** RPCs whose requests come one after the other, for as long as the caller likes. */
const requestStreams: ReadonlySet<string> = new Set([
  '/fanout.v1.RunService/CallRuns',
  '/fanout.v1.RuntimeService/Connect',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
]);

/** RPCs with one request whose answers come for as long as there are any. */
const answerStreams: ReadonlySet<string> = new Set([
  '/fanout.v1.RunService/FollowLogs',
  '/fanout.v1.RunService/WatchRun',
  '/grpc.health.v1.Health/Watch',
]);

/** Health and reflection answer without a token. */
export function isOpenToAll(path: string): boolean {
  return path.startsWith('/grpc.health.') || path.startsWith('/grpc.reflection.');
}

/** Its answer may be as large as a frame. */
export function mayAnswerMuch(path: string): boolean {
  return largeAnswers.has(path);
}

export function isRequestStream(path: string): boolean {
  return requestStreams.has(path);
}

/** One request, one answer. */
export function isUnary(path: string): boolean {
  return !requestStreams.has(path) && !answerStreams.has(path);
}

/**
 * The most bytes that the body of one call may have; infinite for a stream of those who are let in, each message of which has
 * the limit of a frame.
 */
export function bodyLimit(path: string, maxMessageBytes: number): number {
  if (largeRequests.has(path)) return maxMessageBytes;
  if (requestStreams.has(path) && !isOpenToAll(path)) return Number.POSITIVE_INFINITY;
  return smallRequestBytes;
}
