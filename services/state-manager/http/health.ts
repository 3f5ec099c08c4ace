import type { HttpContext, Route } from './route.ts';

const plainText = 'text/plain; charset=utf-8';

/** Answers to probes: `/livez` while the process lives, `/readyz` as long as health says SERVING. */
export function healthRoutes({ calls, answers }: HttpContext): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: /^\/livez$/,
      answer: async (exchange) => answers.send(exchange, 200, plainText, 'ok\n'),
    },
    {
      method: 'GET',
      pattern: /^\/readyz$/,
      answer: async (exchange) =>
        calls.isServing
          ? answers.send(exchange, 200, plainText, 'ok\n')
          : answers.send(
              exchange,
              503,
              plainText,
              'does not serve: it is stopping, or Redis takes no writes\n',
            ),
    },
  ];
}
