import * as z from 'zod/mini'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Change, ChangeEvent, ChangeSource, ReadItems } from '../changes/change.ts'
import { dockKey, listingKey, uploadKeys } from '../table/keys.ts'
import { type HotUpload, readHotUpload } from './hot-item.ts'
import { listingState, readListing } from './listings/store.ts'
import { listingHref, listingView } from './listings/view.ts'
import { uploadStatus } from './state.ts'
import { addressOf, readRequest } from './store.ts'
import { uploadStates } from './upload-states.ts'
import { uploadHref, uploadView } from './view.ts'

/** The events of uploads, of their archives, and of listings. */

const dockPrefix = dockKey('').pk
const subjectOf = (href: string): string => href.replace(/^\/v1\//, '')

/** Upload events follow the state in the index entry; archive events follow the registers. */
export const uploadChanges: ChangeSource = {
  concerns: ({ pk, sk }) =>
    pk.startsWith(dockPrefix) && sk.startsWith(uploadKeys.all) && sk.endsWith('#state'),
  eventsOf: async (change, read) => {
    const { key, before, after, at } = change
    const address = addressOf(key)
    if (!after || !address) return []
    const [now, earlier] = [readHotUpload(after), before && readHotUpload(before)]
    const happened = [...stateOf(now, earlier), ...archiveEvents(now, earlier, at)]
    if (happened.length === 0) return []
    const [request] = await read([uploadKeys.request(address.dockSn, address.uploadId)])
    // Gone only if the upload has expired: its two items expire together.
    if (!request) return []
    const record = { ...uploadView(readRequest(request), now, momentOf(now, at)), state: now.indexed.state }
    const subject = subjectOf(uploadHref(address.dockSn, address.uploadId))
    const previous = { state: earlier?.indexed.state }
    return happened.map(({ type, module }) => ({
      type,
      fleet: now.fleet,
      record,
      previous,
      subject: module ? `${subject}/archives/${module}` : subject,
      version: module,
    }))
  },
}

type Happened = { type: ChangeEvent['type']; module?: Module }

const stateOf = ({ indexed }: HotUpload, earlier: HotUpload | undefined): Happened[] => {
  const state = uploadStates.find((one) => one === indexed.state)
  return state && state !== earlier?.indexed.state ? [{ type: `groundcrew.upload.${state}.v1` }] : []
}

const differs = ['sizeDiffers', 'checksumDiffers']

const archiveEvents = (now: HotUpload, earlier: HotUpload | undefined, at: number): Happened[] => {
  const verification = (of: HotUpload | undefined, module: Module): string | undefined =>
    of && uploadStatus(of.terms, of.registers, at).archives[module]?.verification
  return now.terms.modules.flatMap((module): Happened[] => {
    const found = verification(now, module)
    const isMismatched = differs.includes(found ?? '') && found !== verification(earlier, module)
    const isOverwritten =
      now.indexed.overwritten?.includes(module) && !earlier?.indexed.overwritten?.includes(module)
    return [
      ...(isMismatched ? [{ type: 'groundcrew.archive.mismatched.v1' as const, module }] : []),
      ...(isOverwritten ? [{ type: 'groundcrew.archive.overwritten.v1' as const, module }] : []),
    ]
  })
}

/**
 * The time at which the record is shown. The stream has whole seconds, and the archives must be shown as they
 * were when the state was written.
 */
const momentOf = ({ terms, registers, indexed }: HotUpload, at: number): number =>
  [at, at + 999].find((moment) => uploadStatus(terms, registers, moment).state === indexed.state) ?? at

const Dock = z.object({ fleet: z.string() })

const fleetOf = async (dockSn: string, read: ReadItems): Promise<string | undefined> => {
  const [dock] = await read([dockKey(dockSn)])
  return dock && Dock.parse(dock).fleet
}

/**
 * There is no event for a listing that times out, since nothing is written then; its request has the
 * deadline.
 */
export const listingChanges: ChangeSource = {
  concerns: ({ pk, sk }) => pk.startsWith(dockPrefix) && sk.startsWith(listingKey('', '').sk),
  eventsOf: async ({ before, after, at }: Change, read) => {
    if (!after) return []
    const listing = readListing(after)
    const stateOf = (item: unknown) => {
      const one = readListing(item)
      return listingState(one, one.createdAt)
    }
    const [now, earlier] = [stateOf(after), before && stateOf(before)]
    if ((now !== 'received' && now !== 'failed') || now === earlier) return []
    const { dockSn, id } = listing
    return [
      {
        type: `groundcrew.listing.${now}.v1`,
        subject: subjectOf(listingHref(dockSn, id)),
        fleet: await fleetOf(dockSn, read),
        record: listingView(listing, at),
        previous: { state: earlier },
      },
    ]
  },
}
