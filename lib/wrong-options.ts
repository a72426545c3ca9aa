/** Told to whoever deploys, without a trace of our own calls. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions'
}
