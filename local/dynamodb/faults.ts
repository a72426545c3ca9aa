/** Failures on demand, so that tests can see what the product does when the database refuses. */
import { DynamoDbError } from './errors.ts'

export type Faults = {
  /** The next `times` calls of an operation fail with an error of DynamoDB, `ProvisionedThroughputExceededException` for instance. */
  failNext(operation: string, code: string, times?: number): void
  /** Throws if the operation is to fail now. */
  check(operation: string): void
}

/** A list of failures still to come; empty at first. */
export const createFaults = (): Faults => {
  const planned: { operation: string; code: string }[] = []
  return {
    failNext: (operation, code, times = 1) => {
      for (let count = 0; count < times; count += 1) planned.push({ operation, code })
    },
    check: (operation) => {
      const index = planned.findIndex((fault) => fault.operation === operation)
      const [fault] = index < 0 ? [] : planned.splice(index, 1)
      if (!fault) return
      const status = fault.code === 'InternalServerError' || fault.code === 'ServiceUnavailable' ? 500 : 400
      throw new DynamoDbError(fault.code, 'made to fail', { status })
    },
  }
}
