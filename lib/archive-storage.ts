import type { BackendFunction } from './backend-function.ts'
import type { QueueConsumer } from './queue-consumer.ts'

/** Where docks upload their archives to, whoever provides it: what the other constructs need of it. */
export type ArchiveStorage = {
  readonly bucketName: string
  /** Lets `fn` lend a dock the right to upload. */
  grantLend(fn: BackendFunction): void
  /** Lets `fn` see whether an object exists and how large it is. */
  grantInspect(fn: BackendFunction): void
  /** Lets `fn` sign links that open an archive. */
  grantDownload(fn: BackendFunction): void
  /** Lets `fn` remove archives. */
  grantRemove(fn: BackendFunction): void
  /** Lets `fn` try all of it with probes of its own: lend, look, read and remove, of archives no other. */
  grantCheck(fn: BackendFunction): void
  /**
   * Sends an event to the consumer's queue for every object that is complete; absent where storage cannot.
   */
  announceTo?(consumer: QueueConsumer): void
}
