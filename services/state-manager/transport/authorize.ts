import type { Metadata } from '@grpc/grpc-js';
import type { Role } from '../domain/model/token.ts';
import type { TokensApi } from '../engine/ports/api.ts';
import { FanoutError } from '../errors.ts';
import { isId } from './codec/fields.ts';

const runtimes: readonly Role[] = ['runtime', 'admin'];
const clients: readonly Role[] = ['client', 'admin'];
const admins: readonly Role[] = ['admin'];

/** Roles that may call each RPC. An RPC that is not here is refused to every caller. */
export const rolesByMethod: Readonly<Record<string, readonly Role[]>> = {
  '/fanout.v1.AdminService/CreateToken': admins,
  '/fanout.v1.AdminService/GetUsage': admins,
  '/fanout.v1.AdminService/ListTokens': admins,
  '/fanout.v1.AdminService/RevokeToken': admins,
  '/fanout.v1.AdminService/SetQuotas': admins,
  '/fanout.v1.GraphService/DeleteGraph': clients,
  '/fanout.v1.GraphService/GetGraph': clients,
  '/fanout.v1.GraphService/ListGraphs': clients,
  '/fanout.v1.GraphService/UpsertGraph': clients,
  '/fanout.v1.GraphService/ValidateGraph': clients,
  '/fanout.v1.NodeService/ListNodes': clients,
  '/fanout.v1.NodeService/ListRuntimes': clients,
  '/fanout.v1.RunService/CallRuns': clients,
  '/fanout.v1.RunService/CancelRun': clients,
  '/fanout.v1.RunService/CancelRuns': clients,
  '/fanout.v1.RunService/DeleteRun': clients,
  '/fanout.v1.RunService/DeleteRuns': clients,
  '/fanout.v1.RunService/ExplainUnite': clients,
  '/fanout.v1.RunService/FollowLogs': clients,
  '/fanout.v1.RunService/GetRun': clients,
  '/fanout.v1.RunService/GetRunJob': clients,
  '/fanout.v1.RunService/GetState': clients,
  '/fanout.v1.RunService/GetStore': clients,
  '/fanout.v1.RunService/GroupFailures': clients,
  '/fanout.v1.RunService/ListResults': clients,
  '/fanout.v1.RunService/ListRunJobs': clients,
  '/fanout.v1.RunService/ListRuns': clients,
  '/fanout.v1.RunService/ListStates': clients,
  '/fanout.v1.RunService/PauseRun': clients,
  '/fanout.v1.RunService/ReadLogs': clients,
  '/fanout.v1.RunService/ResumeRun': clients,
  '/fanout.v1.RunService/RetryRun': clients,
  '/fanout.v1.RunService/SummarizeBranches': clients,
  '/fanout.v1.RunService/RetryRuns': clients,
  '/fanout.v1.RunService/StopRunJob': clients,
  '/fanout.v1.RunService/TriggerRun': clients,
  '/fanout.v1.RunService/WatchRun': clients,
  '/fanout.v1.RuntimeService/ChangeStore': runtimes,
  '/fanout.v1.RuntimeService/Connect': runtimes,
  '/fanout.v1.RuntimeService/KeepSession': runtimes,
  '/fanout.v1.RuntimeService/ReadStore': runtimes,
  '/fanout.v1.RuntimeService/ReadUnited': runtimes,
  '/fanout.v1.ScheduleService/BackfillSchedule': clients,
  '/fanout.v1.ScheduleService/ListSchedules': clients,
  '/fanout.v1.ScheduleService/PauseSchedule': clients,
  '/fanout.v1.ScheduleService/PreviewSchedule': clients,
  '/fanout.v1.ScheduleService/ResumeSchedule': clients,
  '/fanout.v1.ScheduleService/StopBackfill': clients,
  '/fanout.v1.ScheduleService/TriggerSchedule': clients,
};

/** The caller's namespace, and the right to act in others. */
export interface Caller {
  /** The tenant of the token; undefined: no token is needed. */
  readonly namespace: string | undefined;
  /** May act in every namespace. */
  readonly isAdmin: boolean;
}

const defaultNamespace = 'default';
const maxBearer = 512;

function bearerOf(metadata: Metadata): string {
  const header = metadata.get('authorization')[0];
  if (header === undefined) {
    throw new FanoutError(
      'TOKEN_INVALID',
      'this state manager needs a token: send metadata "authorization: Bearer TOKEN"',
    );
  }
  const text = String(header);
  const bearer = text.slice(7).trim();
  if (text.slice(0, 7).toLowerCase() !== 'bearer ' || bearer === '' || bearer.length > maxBearer) {
    throw new FanoutError('TOKEN_INVALID', 'the metadata "authorization" must be "Bearer TOKEN"');
  }
  return bearer;
}

/** The right of a token: what it may do, and where. */
export interface Grant {
  readonly namespace: string;
  readonly role: Role;
}

/**
 * The grant of a caller's token.
 * @throws FanoutError TOKEN_INVALID
 */
export async function grantOf(tokens: TokensApi, metadata: Metadata): Promise<Grant> {
  const grant = await tokens.authenticate(bearerOf(metadata));
  if (grant !== undefined) return grant;
  throw new FanoutError(
    'TOKEN_INVALID',
    'the token is unknown, expired or revoked: ask an admin for a new one',
  );
}

/**
 * Lets a call in.
 * @param method the path of the RPC, such as `/fanout.v1.RunService/GetRun`
 * @throws FanoutError TOKEN_INVALID, PERMISSION_DENIED
 */
export async function authorize(tokens: TokensApi, method: string, metadata: Metadata): Promise<Caller> {
  const roles = Object.hasOwn(rolesByMethod, method) ? rolesByMethod[method] : undefined;
  if (roles === undefined) throw new FanoutError('PERMISSION_DENIED', `nobody may call ${method}`);
  if (!tokens.isRequired) return { namespace: undefined, isAdmin: true };
  const grant = await grantOf(tokens, metadata);
  if (!roles.includes(grant.role)) {
    throw new FanoutError(
      'PERMISSION_DENIED',
      `a token with the role "${grant.role}" may not call ${method}: it takes ${roles.join(' or ')}`,
    );
  }
  return { namespace: grant.namespace, isAdmin: grant.role === 'admin' };
}

/**
 * The namespace in which a call acts: what the request names, else that of the token, else `default`.
 * @throws FanoutError NAMESPACE_INVALID, PERMISSION_DENIED if it is not the token's
 */
export function resolveNamespace(caller: Caller, requested: string | undefined): string {
  const namespace = requested || caller.namespace || defaultNamespace;
  if (!isId(namespace)) {
    const description =
      'the namespace must be 1 to 128 characters out of A-Z a-z 0-9 _ . -; leave it empty for that of the token';
    throw new FanoutError('NAMESPACE_INVALID', description, {
      violations: [{ path: 'namespace', code: 'NAMESPACE_INVALID', description }],
    });
  }
  if (!caller.isAdmin && namespace !== caller.namespace) {
    throw new FanoutError(
      'PERMISSION_DENIED',
      `the token is not for namespace "${namespace}": leave the namespace empty`,
    );
  }
  return namespace;
}
