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

/** What a test can make fail in a running stack. Where a function is returned, calling it ends the fault. */
export const createFaults = ({ functions, database, outages, broker, bus, queues }: Needs) => {
  const find = (name: string): OpenFunction => {
    const part = name.replaceAll('-', '').toLowerCase()
    const [one, ...others] = functions.all.filter(({ logicalId }) => logicalId.toLowerCase().includes(part))
    if (!one || others.length > 0) throw new Error(`not one function of the template is called ${name}`)
    return one
  }
  return {
    /**
     * The next `times` invocations of a function fail before it runs. `name` is its file's:
     * `record-progress`.
     */
    failFunction: (name: string, times = 1): void => find(name).failNext(times),
    /** A function's threads end now, in the middle of whatever they do. */
    crashFunction: (name: string): Promise<void> => find(name).crash(),
    /** The next calls of a DynamoDB operation fail with the code. */
    failDatabase: database.faults.failNext,
    /** A share of the database's calls fails; the returned function also says how many did. */
    failDatabaseShare: (fault: FaultShare): (() => number) => database.faults.failShare(fault),
    /** Calls the listener after every write to the database. */
    onDatabaseWrite: database.faults.onWrite,
    /** A service answers nothing but 503. */
    failService: (service: OutageOf): (() => void) => outages.begin(service),
    /**
     * Queues deliver twice, late and in disorder, and so do the buses, and the broker with its lifecycle events.
     */
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
    /** The disk is full: queues take no message more. */
    fillDisk: (): (() => void) => queues.fillDisk(),
  }
}
