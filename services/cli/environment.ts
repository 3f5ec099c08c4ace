/** The environment of this process: settings of the connection, and how the terminal takes colours. */
// biome-ignore lint/style/noProcessEnv: the one place of this package that reads it.
export const environment: Readonly<NodeJS.ProcessEnv> = process.env;
