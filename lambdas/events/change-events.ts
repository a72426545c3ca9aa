import { createHash } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import * as z from 'zod/mini'
import type { Change, ChangeEvent, ChangeSource, ReadItems } from '../changes/change.ts'
import type { Key } from '../table/pages.ts'
import { shortened } from './shortened.ts'

/** Makes events from records of the table's stream. Pure, except for reads of further items. */

/** `unmarshall` checks each value, and throws if it is invalid. */
const Value = z.custom<AttributeValue>((value) => typeof value === 'object' && value !== null)
const Image = z.record(z.string(), Value)

/**
 * A stream record as Lambda passes it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
 */
const StreamRecord = z.object({
  dynamodb: z.object({
    Keys: Image,
    OldImage: z.optional(Image),
    NewImage: z.optional(Image),
    SequenceNumber: z.string(),
    ApproximateCreationDateTime: z.number(),
  }),
  userIdentity: z.optional(z.object({ type: z.optional(z.string()), principalId: z.optional(z.string()) })),
})

const KeyOf = z.object({ pk: z.string(), sk: z.string() })

/** A change and its sequence number in the stream, which is unique for the item. */
export type Recorded = { change: Change; sequence: string }

/**
 * The change in a stream record.
 * @throws if the record cannot be parsed
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
 */
export const changeOf = (record: unknown): Recorded => {
  const { dynamodb, userIdentity } = StreamRecord.parse(record)
  const { Keys, OldImage, NewImage, SequenceNumber, ApproximateCreationDateTime } = dynamodb
  const isTimeToLive =
    userIdentity?.type === 'Service' && userIdentity.principalId === 'dynamodb.amazonaws.com'
  return {
    sequence: SequenceNumber,
    change: {
      key: KeyOf.parse(unmarshall(Keys)),
      ...(OldImage ? { before: unmarshall(OldImage) } : {}),
      ...(NewImage ? { after: unmarshall(NewImage) } : {}),
      at: ApproximateCreationDateTime * 1000,
      ...(isTimeToLive ? { by: 'timeToLive' as const } : {}),
    },
  }
}

/** An event for the bus; `detail` is a CloudEvent in JSON. */
export type Event = { type: string; at: number; detail: string }

/** The largest event, in bytes: every webhook receiver accepts a body of this size. */
export const maxBytes = 20_000

/**
 * The events of one change, in the order of the rooms.
 * @throws if a room cannot parse an item, and what `read` throws
 */
export const eventsOf = async (
  { change, sequence }: Recorded,
  { sources, read, source }: { sources: readonly ChangeSource[]; read: ReadItems; source: string },
): Promise<Event[]> => {
  if (change.by === 'timeToLive') return []
  const concerned = sources.filter(({ concerns }) => concerns(change.key))
  const events = await Promise.all(concerned.map((room) => room.eventsOf(change, read)))
  return events.flat().map((one) => eventOf(one, change, sequence, source))
}

const eventOf = (event: ChangeEvent, { key, at }: Change, sequence: string, source: string): Event => {
  const { type, subject, fleet, record, previous, version = '' } = event
  const envelope = {
    specversion: '1.0',
    id: idOf(key, type, version, sequence),
    source,
    type,
    subject,
    time: new Date(at).toISOString(),
    dataschema: `urn:groundcrew:schema:${type}`,
    datacontenttype: 'application/json',
    ...(fleet === undefined ? {} : { fleet }),
  }
  const space = maxBytes - bytes(JSON.stringify({ ...envelope, data: { previous } })) - 20
  const { value, cut } = shortened(record, space)
  const data = { record: value, previous, ...(cut.length > 0 ? { cut } : {}) }
  return { type, at, detail: JSON.stringify({ ...envelope, data }) }
}

/**
 * Hashed, because keys may be long and contain characters that are not allowed in a webhook's signed content.
 */
const idOf = ({ pk, sk }: Key, ...rest: readonly string[]): string =>
  `evt_${createHash('sha256')
    .update(JSON.stringify([pk, sk, ...rest]))
    .digest('base64url')}`

const bytes = (text: string): number => Buffer.byteLength(text)
