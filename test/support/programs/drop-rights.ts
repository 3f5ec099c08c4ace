const nobody = 65_534;

/** Becomes a user who owns nothing, for good. Only root can; its files have been read by then. */
export function dropRights(): void {
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}
