/** The environment of this process: what child processes inherit, and where `FANOUT_STATE_MANAGER` may stand. */
// biome-ignore lint/style/noProcessEnv: the one place of this package that reads it, and only for test environments.
export const environment: Readonly<NodeJS.ProcessEnv> = process.env;
