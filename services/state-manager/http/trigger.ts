/** Triggers for whoever can send a POST: the body is the inputs of the run. */
import { FanoutError } from '../errors.ts';
import type { HttpCall } from '../transport/http-calls.ts';
import { credentialsOf } from './credentials.ts';
import { type Exchange, headerOf } from './exchange.ts';
import type { HttpContext, Route } from './route.ts';

const service = '/fanout.v1.RunService';
/** Longest time to wait for the end of a run, seconds. */
const maxWaitSeconds = 300;

export function triggerRoutes({ calls, rpcs, answers }: HttpContext): readonly Route[] {
  /** Waits for the end of a run. @returns false: the time is up, or the caller gone */
  function waitForEnd(call: HttpCall, run: object, seconds: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiting = new AbortController();
      const stop = (): void => waiting.abort();
      if (call.closed.aborted) return resolve(false);
      call.closed.addEventListener('abort', stop);
      const timer = setTimeout(stop, seconds * 1_000);
      waiting.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve(false);
      });
      rpcs.open(
        { ...call, closed: waiting.signal },
        { ...run, endOnly: true, omitResults: true },
        {
          write: () => true,
          onDrain: () => {},
          end(status) {
            clearTimeout(timer);
            call.closed.removeEventListener('abort', stop);
            if (status === undefined) resolve(true);
            else reject(status);
          },
        },
      );
    });
  }

  /**
   * The end of a run with its first results; undefined: it goes on, or that cannot be told now. A refusal is no error here: the
   * run is there, and who is told to try again would start another one.
   */
  async function endOf(
    run: object,
    seconds: number,
    admit: (name: string) => Promise<HttpCall>,
  ): Promise<object | undefined> {
    try {
      if (!(await waitForEnd(await admit('WatchRun'), run, seconds))) return undefined;
      const [ended, results] = await Promise.all([
        rpcs.call(await admit('GetRun'), run),
        rpcs.call(await admit('ListResults'), { ...run, pageSize: 1_000 }),
      ]);
      return { ...ended, ...results };
    } catch (error) {
      if (error instanceof Error && !(error instanceof FanoutError)) throw error;
      return undefined;
    }
  }

  return [
    {
      method: 'POST',
      pattern: /^\/api\/namespaces\/([^/]+)\/graphs\/([^/]+)\/runs$/,
      async answer(exchange, [namespace = '', graphName = '']) {
        const waitSeconds = readWait(exchange);
        const metadata = credentialsOf(exchange, calls);
        const admit = (name: string): Promise<HttpCall> =>
          rpcs.admit(exchange, `${service}/${name}`, metadata);
        const trigger = await admit('TriggerRun');
        const inputsJson = await rpcs.bodyOf(exchange, trigger);
        const triggered = await rpcs.call(trigger, {
          namespace,
          graphName,
          inputsJson,
          idempotencyKey: headerOf(exchange.request, 'idempotency-key'),
          traceparent: headerOf(exchange.request, 'traceparent'),
        });
        const run = { namespace, runId: triggered.runId };
        const { created = false } = triggered;
        if (waitSeconds === 0)
          return answers.json(exchange, created ? 201 : 200, { runId: run.runId, created });
        const end = await endOf(run, waitSeconds, admit);
        answers.json(exchange, end ? 200 : 202, { runId: run.runId, created, ...end });
      },
    },
  ];
}

/** Seconds of `?wait=30s`; 0: not at all. */
function readWait({ query }: Exchange): number {
  const text = query.get('wait');
  if (text === null) return 0;
  const [, digits = ''] = /^(\d{1,3})s$/.exec(text) ?? [];
  const seconds = Number(digits);
  if (digits !== '' && seconds <= maxWaitSeconds) return seconds;
  const description = `wait must be a number of seconds up to ${maxWaitSeconds}, such as ?wait=30s`;
  throw new FanoutError('FIELD_INVALID', description, {
    violations: [{ path: 'wait', code: 'FIELD_INVALID', description }],
  });
}
