import type { FaultShare, Faults } from './dynamodb/faults.ts'
import type { Functions, OpenFunction } from './functions/open-functions.ts'
import type { OutageOf, Outages } from './outages.ts'
import type { ChaosOptions } from './queues/chaos.ts'

type Needs = {
  functions: Functions
  database: { faults: Faults }
  outages: Outages
  broker: { disturb: (options: ChaosOptions | undefined) => void }
  bus: { disturb: (options: ChaosOptions | undefined) => void }
  queues: { fillDisk: () => () => void; disturb: (options: ChaosOptions) => () => void }
}

/**
 * The faults that a test can cause in a running stack. If a function is returned, calling it ends the fault.
 */
export const createFaults = ({ functions, database, outages, broker, bus, queues }: Needs) => {
  const find = (name: string): OpenFunction => {
    const part = name.replaceAll('-', '').toLowerCase()
    const [one, ...others] = functions.all.filter(({ logicalId }) => logicalId.toLowerCase().includes(part))
    if (!one || others.length > 0) throw new Error(`not one function of the template is called ${name}`)
    return one
  }
  return {
    /**
     * The next `times` invocations of a function fail before it runs. `name` is the name of its file:
     * `record-progress`.
     */
    failFunction: (name: string, times = 1): void => find(name).failNext(times),
    /** Ends a function's threads now, whatever they are doing. */
    crashFunction: (name: string): Promise<void> => find(name).crash(),
    /** The next calls of a DynamoDB operation fail with the code. */
    failDatabase: database.faults.failNext,
    /** A share of the database's calls fails; the returned function ends this, and returns how many did. */
    failDatabaseShare: (fault: FaultShare): (() => number) => database.faults.failShare(fault),
    /** Calls the listener after every write to the database. */
    onDatabaseWrite: database.faults.onWrite,
    /** A service answers every request with 503. */
    failService: (service: OutageOf): (() => void) => outages.begin(service),
    /** Queues, buses and the broker's lifecycle events deliver twice, late and out of order. */
    disturbQueues: (options: ChaosOptions): (() => void) => {
      broker.disturb(options)
      bus.disturb(options)
      const end = queues.disturb(options)
      return () => {
        broker.disturb(undefined)
        bus.disturb(undefined)
        end()
      }
    },
    /** The disk is full: queues accept no more messages. */
    fillDisk: (): (() => void) => queues.fillDisk(),
  }
}
