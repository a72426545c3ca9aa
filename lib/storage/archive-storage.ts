import type { BackendFunction } from '../functions/backend-function.ts'
import type { QueueConsumer } from '../functions/queue-consumer.ts'

/** The storage for docks' archives, as the other constructs need it, for any provider. */
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
  /** Lets `fn` test lending, inspecting, reading and removing with probes of its own, and no archives. */
  grantCheck(fn: BackendFunction): void
  /** Sends an event to the consumer's queue for every complete object; absent if the storage cannot. */
  announceTo?(consumer: QueueConsumer): void
}
