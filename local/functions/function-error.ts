/** An invocation of a function failed: it threw, timed out or crashed. Lambda reports this as `Unhandled`. */
export class FunctionError extends Error {
  readonly errorType: string
  readonly trace: readonly string[]

  constructor(errorType: string, errorMessage: string, trace: readonly string[] = []) {
    super(errorMessage)
    this.name = 'FunctionError'
    this.errorType = errorType
    this.trace = trace
  }
}
