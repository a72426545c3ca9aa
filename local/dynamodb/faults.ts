/** Failures on demand, so that tests see how the product behaves when the database refuses. */
import { seededRandom } from '../seeded-random.ts'
import { DynamoDbError } from './errors.ts'

const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem']
export const isWrite = (operation: string): boolean => writes.includes(operation)

/** A fault for a share of the calls, until it is ended. */
export type FaultShare = {
  /** Probability that a call fails, 0 to 1. */
  share: number
  /** The same seed makes the same calls of the same sequence fail. */
  seed: number
  /**
   * `throttled` and `down`: the call is not carried out, as with an exceeded rate or an outage of DynamoDB.
   * `unanswered`: the call is carried out, but the caller gets an error.
   */
  kind: 'throttled' | 'down' | 'unanswered'
  /** @default 'writes' */
  of?: 'writes' | 'everything'
}

export type Faults = {
  /**
   * The next `times` calls of an operation fail with an error of DynamoDB, `ThrottlingException` for
   * instance.
   */
  failNext(operation: string, code: string, times?: number): void
  /** Makes a share of the calls fail; the returned function ends it and returns how many failed. */
  failShare(fault: FaultShare): () => number
  /** Calls the listener after every write; the returned function removes it. */
  onWrite(listener: () => void): () => void
  /** Called before a call is carried out. Throws if it is to fail now. */
  check(operation: string): void
  /** Called after a call was carried out. Throws if its answer is to get lost. */
  checkAnswer(operation: string): void
}

const codes = {
  throttled: 'ThrottlingException',
  down: 'InternalServerError',
  unanswered: 'InternalServerError',
} as const

const failed = (code: string): DynamoDbError => {
  const status = code === 'InternalServerError' || code === 'ServiceUnavailable' ? 500 : 400
  return new DynamoDbError(code, 'made to fail', { status })
}

type Running = { fault: FaultShare; random: () => number; hits: number }

/** The planned faults; none at first. */
export const createFaults = (): Faults => {
  const planned: { operation: string; code: string }[] = []
  const running = new Set<Running>()
  const listeners = new Set<() => void>()

  const hit = (operation: string, when: 'before' | 'after'): void => {
    for (const one of running) {
      const { fault, random } = one
      const isDue = (fault.kind === 'unanswered') === (when === 'after')
      const isMeant = fault.of === 'everything' || isWrite(operation)
      if (!isDue || !isMeant || random() >= fault.share) continue
      one.hits += 1
      throw failed(codes[fault.kind])
    }
  }
  return {
    failNext: (operation, code, times = 1) => {
      for (let count = 0; count < times; count += 1) planned.push({ operation, code })
    },
    failShare: (fault) => {
      const one = { fault, random: seededRandom(fault.seed), hits: 0 }
      running.add(one)
      return () => {
        running.delete(one)
        return one.hits
      }
    },
    onWrite: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    check: (operation) => {
      const index = planned.findIndex((fault) => fault.operation === operation)
      const [fault] = index < 0 ? [] : planned.splice(index, 1)
      if (fault) throw failed(fault.code)
      hit(operation, 'before')
    },
    checkAnswer: (operation) => {
      if (isWrite(operation)) for (const listener of listeners) listener()
      hit(operation, 'after')
    },
  }
}
