import type { SQSEvent } from 'aws-lambda'
import * as z from 'zod/mini'
import { inParts } from '../../queue/batch.ts'
import { type ArchiveAddress, readStoredKey } from '../../storage/object-key.ts'
import { objectFact } from '../facts.ts'
import type { HotUploads } from '../hot-upload.ts'
import { newestObject } from './object-order.ts'
import type { storedObjects } from './stored-objects.ts'

/**
 * Takes storage's word that an archive is there, and holds it against the dock's, if that came already.
 * Started by the queue `archives`, which EventBridge fills with `Object Created` events of the bucket; it may
 * deliver one twice, late or before the dock's `ok` (Amazon S3 User Guide, EventBridge). Repeating it changes
 * nothing: it is the same object again.
 */

const ObjectCreated = z.object({
  time: z.iso.datetime(),
  detail: z.object({
    object: z.object({
      key: z.string(),
      size: z.number(),
      etag: z.string(),
      'version-id': z.optional(z.string()),
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

type Needs = {
  hot: Pick<HotUploads, 'record'>
  objects: Pick<ReturnType<typeof storedObjects>, 'add'>
}

export const verifyArchives =
  ({ hot, objects }: Needs, etagIsMd5 = true) =>
  async (event: SQSEvent) =>
    inParts(
      event.Records,
      ({ messageId, body }) => ({ messageIds: [messageId], ...archiveIn(body) }),
      async ({ body }) => {
        const { time, detail } = ObjectCreated.parse(JSON.parse(body))
        const { key, size, etag, sequencer, 'version-id': version } = detail.object
        const archive = readStoredKey(key)
        // Someone else's object in a bucket that is shared: none of our business.
        if (!archive) return
        const { dockSn, uploadId, module } = archive
        const fact = objectFact(module, {
          size,
          sequencer,
          version,
          at: Date.parse(time),
          etag: etagIsMd5 ? etag : undefined,
        })
        const object = fact[`${module}Object`]
        // Kept before it is judged: whoever judges looks at all that was kept.
        if (object && sequencer !== undefined) await objects.add(archive, newestObject(sequencer), object)
        await hot.record(dockSn, uploadId, fact)
      },
    )
