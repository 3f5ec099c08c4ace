/** The error that a round ends with, and waits after, when all others have been served: what is broken stays due. */
export function runsAreBroken(): Error {
  return new Error('some runs are broken in storage: settle_failed says which');
}
