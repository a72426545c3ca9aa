import type { SQSEvent, SQSRecord } from 'aws-lambda'
import * as z from 'zod/mini'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import { inParts } from '../../queue/batch.ts'
import { type ArchiveAddress, readStoredKey } from '../../storage/object-key.ts'
import { crowdedFact, type FoundObject, objectFact } from '../facts.ts'
import type { HotUploads } from '../hot-upload.ts'
import { join, type Registers } from '../registers.ts'
import { judgementOf, strengths } from './counted-object.ts'
import { newestObject } from './object-order.ts'
import type { storedObjects, Told } from './stored-objects.ts'

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

/** What messages say of one archive; `unreadable`: the body of one that nobody can read. */
type Part = { messageIds: string[]; archive?: ArchiveAddress; found: FoundObject[]; unreadable?: string }

const partOf = ({ messageId, body }: SQSRecord, etagIsMd5: boolean): Part => {
  const messageIds = [messageId]
  const event = readEvent(body)
  if (!event) return { messageIds, found: [], unreadable: body }
  const { key, size, etag, sequencer, 'version-id': version } = event.detail.object
  const archive = readStoredKey(key)
  const at = Date.parse(event.time)
  const found = [{ size, sequencer, version, at, etag: etagIsMd5 ? etag : undefined }]
  return { messageIds, found, ...(archive && { archive }) }
}

const readEvent = (body: string): z.infer<typeof ObjectCreated> | undefined => {
  try {
    return ObjectCreated.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}

const nameOf = ({ archive, messageIds }: Part): string =>
  archive ? `${archive.dockSn} ${archive.uploadId} ${archive.module}` : String(messageIds)

/** Those of one archive together: whoever puts a thousand objects costs a few writes. */
const byArchive = (parts: readonly Part[]): Part[] =>
  [...Map.groupBy(parts, nameOf).values()].map((same) => ({
    ...(same[0] ?? { found: [] }),
    messageIds: same.flatMap(({ messageIds }) => messageIds),
    found: same.flatMap(({ found }) => found),
  }))

/** The earliest object and the newest, as the registers keep them. */
const together = (facts: readonly Registers[]): Registers =>
  facts.reduce((known, more) => join(known, more), {})

type Needs = {
  hot: Pick<HotUploads, 'record'>
  objects: Pick<ReturnType<typeof storedObjects>, 'keep' | 'add'>
}

export const verifyArchives =
  ({ hot, objects }: Needs, etagIsMd5 = true) =>
  async (event: SQSEvent) =>
    inParts(
      byArchive(event.Records.map((record) => partOf(record, etagIsMd5))),
      ({ messageIds, archive }) => ({ messageIds, ...archive }),
      async ({ archive, found, unreadable }) => {
        if (unreadable !== undefined) ObjectCreated.parse(JSON.parse(unreadable))
        // Someone else's object in a bucket that is shared: none of our business.
        if (!archive) return
        const { dockSn, uploadId, module } = archive
        // Kept before it is judged: whoever judges looks at all that was kept.
        const beyond = await objects.keep(archive, toldIn(module, found))
        const crowded = beyond.slice(0, 1).map(({ object }) => crowdedFact(module, object.at))
        const facts = together([...found.map((one) => objectFact(module, one)), ...crowded])
        const recorded = await hot.record(dockSn, uploadId, facts)
        if (recorded === 'unknown') return
        const judgement = judgementOf(recorded.upload.registers, module)
        const own = beyond.find(({ object }) => judgement?.strengthOf(object) === strengths.md5)
        if (!own) return
        await objects.add(archive, own)
        await hot.record(dockSn, uploadId, facts)
      },
    )

/** What can be put in order, earliest first. */
const toldIn = (module: Module, found: readonly FoundObject[]): Told[] =>
  found
    .flatMap((one) => {
      const object = objectFact(module, one)[`${module}Object`]
      return object && one.sequencer !== undefined ? [{ order: newestObject(one.sequencer), object }] : []
    })
    .toSorted((one, other) => (one.order < other.order ? -1 : 1))
