/** Shown to whoever deploys, without a stack trace. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions'
}
