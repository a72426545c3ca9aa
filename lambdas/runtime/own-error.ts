/**
 * An error of ours whose message is written by us and repeats nothing that was given, so that a log line may
 * show it. It may name records and variables, never what is in them.
 */
export class OwnError extends Error {
  override readonly name: string = 'OwnError'
}
