import type { SQSEvent } from 'aws-lambda'
import * as z from 'zod/mini'
import { inParts, onQueue } from '../batch.ts'
import { env as names } from '../env.ts'
import { connectTable } from '../store/dynamodb.ts'
import { type HotUploads, hotUploads } from '../store/hot-upload.ts'
import { type ArchiveAddress, readStoredKey } from '../store/object-key.ts'
import { objectFact } from '../store/upload-facts.ts'

/**
 * Takes storage's word that an archive is there, and holds it against the dock's, if that came already. Started by the
 * queue `archives`, which EventBridge fills with `Object Created` events of the bucket; it may deliver one twice, late or
 * before the dock's `ok` (Amazon S3 User Guide, EventBridge). Repeating it changes nothing: the newest object counts.
 */

const ObjectCreated = z.object({
  time: z.iso.datetime(),
  detail: z.object({
    object: z.object({
      key: z.string(),
      size: z.number(),
      etag: z.string(),
      sequencer: z.optional(z.string()),
    }),
  }),
})

/** What a message is about, for a log line; nothing where that cannot be read. */
const archiveIn = (body: string): ArchiveAddress | undefined => {
  try {
    return readStoredKey(ObjectCreated.parse(JSON.parse(body)).detail.object.key)
  } catch {
    return undefined
  }
}

export const verifyArchives =
  (hot: Pick<HotUploads, 'record'>, etagIsMd5 = true) =>
  async (event: SQSEvent) =>
    inParts(
      event.Records,
      ({ messageId, body }) => ({ messageIds: [messageId], ...archiveIn(body) }),
      async ({ body }) => {
        const { time, detail } = ObjectCreated.parse(JSON.parse(body))
        const { key, size, etag, sequencer } = detail.object
        const archive = readStoredKey(key)
        // Someone else's object in a bucket that is shared: none of our business.
        if (!archive) return
        const { dockSn, uploadId, module } = archive
        const fact = objectFact(module, {
          ...{ size, sequencer, at: Date.parse(time) },
          etag: etagIsMd5 ? etag : undefined,
        })
        await hot.record(dockSn, uploadId, fact)
      },
    )

export const handler = onQueue((env) =>
  verifyArchives(hotUploads(connectTable(env), Date.now), env[names.etagIsMd5] !== 'no'),
)
