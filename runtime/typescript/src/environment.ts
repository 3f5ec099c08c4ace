/** The environment of this process, where `FANOUT_STATE_MANAGER` may stand. */
// biome-ignore lint/style/noProcessEnv: the one place of this package that reads it, and only for test environments.
export const environment: Readonly<NodeJS.ProcessEnv> = process.env;

/** The environment for child processes: all but settings, such as a token, that are for other state managers. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('FANOUT_')));
}
