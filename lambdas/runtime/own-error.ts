/**
 * An error whose message is safe to log, because we wrote it and it repeats no input. It may name records and
 * variables, but never their contents.
 */
export class OwnError extends Error {
  override readonly name: string = 'OwnError'
}
