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
import type { ReportedObject, storedObjects } from './stored-objects.ts'

/**
 * Records that an archive is in storage, and compares it with the dock's report, if that has come already.
 * Started by the queue `archives`, which EventBridge fills with the bucket's `Object Created` events. Events
 * may come twice, late or before the dock's `ok` (Amazon S3 User Guide, EventBridge). A repeat is the same
 * fact and changes nothing.
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

/** The messages about one archive; `unreadable`: the body of a message that cannot be parsed. */
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

/** Groups by archive, so that a thousand objects under one key cost only a few writes. */
const byArchive = (parts: readonly Part[]): Part[] =>
  [...Map.groupBy(parts, nameOf).values()].map((same) => ({
    ...(same[0] ?? { found: [] }),
    messageIds: same.flatMap(({ messageIds }) => messageIds),
    found: same.flatMap(({ found }) => found),
  }))

/** Joins the facts of several objects: the registers keep the earliest object and the newest. */
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
        // An object of another application in a shared bucket.
        if (!archive) return
        const { dockSn, uploadId, module } = archive
        // Kept before the upload is written, because that decides which of the kept objects counts.
        const beyond = await objects.keep(archive, oldestFirst(module, found))
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

/** The objects that have a `sequencer`, oldest first. */
const oldestFirst = (module: Module, found: readonly FoundObject[]): ReportedObject[] =>
  found
    .flatMap((one) => {
      const object = objectFact(module, one)[`${module}Object`]
      return object && one.sequencer !== undefined ? [{ order: newestObject(one.sequencer), object }] : []
    })
    .toSorted((one, other) => (one.order < other.order ? -1 : 1))
