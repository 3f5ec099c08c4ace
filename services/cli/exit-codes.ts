/** Exit codes of every command; they keep their meaning. */
export const exitCodes = {
  ok: 0,
  /** A run that was waited for ended otherwise than with SUCCESS; a job on many runs did not do all; a check of `doctor` failed; `diff --exit-code` found something. */
  failed: 1,
  /** Options, arguments or JSON that are wrong, also when the state manager says so. */
  usage: 2,
  notFound: 3,
  /** No token, a wrong one, or one that may not do this. */
  refused: 4,
  /** No state manager answers, or not in time. */
  unavailable: 5,
  /** It is not in a state for that, such as deleting a run that goes on. */
  conflict: 6,
  /** A quota or a limit. */
  limit: 7,
  /** A fault of the command line or of the state manager. */
  internal: 70,
  /** Ctrl-C: 128 and the number of the signal. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
