import { fanoutV1 } from '@fanout/proto';
import {
  Server,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ByteBudget } from '../byte-budget.ts';
import type { EngineApi } from '../engine/ports/api.ts';
import { shuttingDown } from '../errors.ts';
import type { ListenAddress } from '../listen-address.ts';
import type { Log } from '../log.ts';
import { createAdminService } from './admin-service.ts';
import { createAdmission } from './admission.ts';
import { createAnswerStreams } from './answer-streams.ts';
import { createCallStreams } from './call-runs.ts';
import type { Limits } from './context.ts';
import { followLogs } from './follow-logs.ts';
import { createGraphService } from './graph-service.ts';
import { createHealth } from './health.ts';
import { createHttpCalls, type HttpCalls } from './http-calls.ts';
import { createNodeService } from './node-service.ts';
import type { Identity } from './port/certificates.ts';
import { createConnections } from './port/connections.ts';
import { divertRequests, type HttpListener } from './port/http-requests.ts';
import { createInjector, logComplaints } from './port/injector.ts';
import { createPort } from './port/port.ts';
import { addReflection } from './reflection.ts';
import { withCountedItems } from './request-items.ts';
import { createRunService } from './run-service.ts';
import { createRuntimeService } from './runtime-service.ts';
import { createScheduleService } from './schedule-service.ts';
import { createTokenRechecks } from './token-rechecks.ts';
import { watch } from './watch-run.ts';

interface CallLimits {
  /** Calls of one connection that may be under way at once; more wait with the caller. */
  readonly maxCalls: number;
  /** Time for a body to arrive, for an answer to be made without a deadline of the caller's, and to be read, milliseconds. */
  readonly callMs: number;
}

export interface ServerOptions {
  readonly engine: EngineApi;
  readonly log: Log;
  readonly limits: Limits;
  /** Limits of what a connection may do. */
  readonly callLimits: CallLimits;
  /** Undefined: no TLS. */
  readonly identity: Identity | undefined;
  /** The version of the state manager, for the log. */
  readonly version: string;
}

export interface TransportServer {
  /** The RPCs, for requests of HTTP. */
  readonly httpCalls: HttpCalls;
  /**
   * Serves. Harmless twice.
   * @param addresses the first one whose port is free is taken
   * @param onRequest answers what is no gRPC call
   * @returns the bound `host:port`
   * @throws Error if none can be bound, with the reason and what to do
   */
  start(addresses: readonly [ListenAddress, ...ListenAddress[]], onRequest: HttpListener): Promise<string>;
  /** Sets the answer of health; true once started. */
  setServing(isServing: boolean): void;
  /** Health says NOT_SERVING, new streams are refused. Resolves when the open ones have ended, or after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  /** Ends what is open with SHUTTING_DOWN, and closes the port. Harmless twice, and before `start`. */
  stop(): Promise<void>;
}

/** Room for what surrounds a frame of the announced size. */
const frameSlackBytes = 64 * 1024;
/** Messages of the largest size that are read and written for callers at a time, in all and for one namespace. */
const readsAtOnce = 8;
const readsPerTenant = 2;
/** Time within which calls have to end once they are told to, milliseconds. */
const shutdownMs = 1_000;

function createGrpcServer(maxMessageBytes: number, maxCalls: number, interceptor: ServerInterceptor): Server {
  return new Server({
    interceptors: [interceptor],
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': maxCalls,
    // A peer that was stopped or cut off is noticed after the sum of both.
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.enable_channelz': 0,
  });
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // It fails for nothing but a port that it has not bound itself.
    server.tryShutdown(() => resolve());
  });
}

/** The server: every service of `fanout.v1`, health and reflection as gRPC, and requests of HTTP, on one port. */
export function createServer(options: ServerOptions): TransportServer {
  const { engine, log, limits, callLimits, identity } = options;
  const { maxFrameBytes } = limits;
  const maxMessageBytes = maxFrameBytes + frameSlackBytes;
  const admission = createAdmission({ tokens: engine.tokens, log });
  const connections = createConnections({ maxMessageBytes, callMs: callLimits.callMs }, log);
  const context = {
    engine,
    log,
    limits,
    rechecks: createTokenRechecks(engine.tokens),
    callerOf: admission.callerOf,
    reads: new ByteBudget(readsAtOnce * maxFrameBytes, readsPerTenant * maxFrameBytes),
  };
  const runtimeService = createRuntimeService(context);
  const watches = createAnswerStreams(context, watch);
  const follows = createAnswerStreams(context, followLogs);
  const calls = createCallStreams(context);
  const health = createHealth(
    ['AdminService', 'GraphService', 'NodeService', 'RunService', 'RuntimeService', 'ScheduleService'].map(
      (name) => `fanout.v1.${name}`,
    ),
  );

  logComplaints(log);
  const server = createGrpcServer(maxMessageBytes, callLimits.maxCalls, admission.interceptor);
  const injector = createInjector(server);
  const httpCalls = createHttpCalls({
    admission,
    log,
    maxMessageBytes,
    callMs: callLimits.callMs,
    needsToken: engine.tokens.isRequired,
    isServing: () => health.isServing,
  });
  connections.watch(injector.http2Server);
  divertRequests(injector.http2Server, (request, response) => onRequest(request, response));
  const port = createPort({
    identity,
    log,
    bodyMs: callLimits.callMs,
    takeHttp2: (socket) => injector.inject(socket),
    onRequest: (request, response) => onRequest(request, response),
  });

  function addService(definition: ServiceDefinition, handlers: UntypedServiceImplementation): void {
    const counted = withCountedItems(definition);
    server.addService(counted, handlers);
    httpCalls.add(counted, handlers);
  }
  addService(fanoutV1.AdminService.service, createAdminService(context));
  addService(fanoutV1.GraphService.service, createGraphService(context));
  addService(fanoutV1.NodeService.service, createNodeService(context));
  addService(fanoutV1.RunService.service, createRunService(context, { watches, follows, calls }));
  addService(fanoutV1.RuntimeService.service, runtimeService.handlers);
  addService(fanoutV1.ScheduleService.service, createScheduleService(context));
  health.addTo(server);
  addReflection(server);

  async function listenOn(addresses: readonly [ListenAddress, ...ListenAddress[]]): Promise<string> {
    const address = await port.listen(addresses);
    if (!engine.tokens.isRequired)
      log.warn({ event: 'server_unprotected', address, setting: 'FANOUT_ADMIN_TOKEN' });
    health.setServing(true);
    log.info({ event: 'server_started', address, version: options.version });
    return address;
  }

  async function close(): Promise<void> {
    health.setServing(false);
    const error = shuttingDown(1_000);
    runtimeService.endAll(error);
    watches.endAll(error);
    follows.endAll(error);
    calls.endAll(error);
    await Promise.all([shutDown(server), port.close(shutdownMs)]);
    connections.stop();
    admission.stop();
    log.info({ event: 'server_stopped' });
  }

  let onRequest: HttpListener;
  let started: Promise<string> | undefined;
  let stopped: Promise<void> | undefined;
  return {
    httpCalls,
    start: (addresses, listener) => {
      onRequest = listener;
      started ??= listenOn(addresses);
      return started;
    },
    setServing: (isServing) => health.setServing(isServing),
    drain: async (graceMs) => {
      health.setServing(false);
      await runtimeService.drain(graceMs);
    },
    stop: () => {
      stopped ??= close();
      return stopped;
    },
  };
}
