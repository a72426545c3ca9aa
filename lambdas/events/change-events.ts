import { createHash } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import * as z from 'zod/mini'
import type { Change, ChangeEvent, ChangeSource, ReadItems } from '../table/change.ts'
import type { Key } from '../table/pages.ts'
import { shortened } from './shortened.ts'

/** What is told of a record of the table's stream. Pure but for what is read besides. */

/** Each value is looked at when it is unmarshalled, which fails for what is none. */
const Value = z.custom<AttributeValue>((value) => typeof value === 'object' && value !== null)
const Image = z.record(z.string(), Value)

/**
 * As Lambda hands it over, and DynamoDB Streams with the time as text.
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

/** A change, and the number under which the stream has it: no other change of the item has the same. */
export type Recorded = { change: Change; sequence: string }

/**
 * The change that a record of the stream tells of.
 * @throws what is no such record
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

/** An event as it goes on the bus; `detail` is a CloudEvent in JSON. */
export type Event = { type: string; at: number; detail: string }

/** Bytes of an event's body; receivers of webhooks take at least so much. */
export const mostBytes = 20_000

/**
 * The events of one change, in the order in which rooms tell them.
 * @throws what a room cannot read, and what `read` throws
 */
export const eventsOf = async (
  { change, sequence }: Recorded,
  { sources, read, source }: { sources: readonly ChangeSource[]; read: ReadItems; source: string },
): Promise<Event[]> => {
  if (change.by === 'timeToLive') return []
  const concerned = sources.filter(({ concerns }) => concerns(change.key))
  const told = await Promise.all(concerned.map((room) => room.eventsOf(change, read)))
  return told.flat().map((one) => eventOf(one, change, sequence, source))
}

const eventOf = (told: ChangeEvent, { key, at }: Change, sequence: string, source: string): Event => {
  const { type, subject, fleet, record, previous, version = '' } = told
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
  const room = mostBytes - bytes(JSON.stringify({ ...envelope, data: { previous } })) - 20
  const { value, cut } = shortened(record, room)
  const data = { record: value, previous, ...(cut.length > 0 ? { cut } : {}) }
  return { type, at, detail: JSON.stringify({ ...envelope, data }) }
}

/** Hashed, for keys hold what a webhook's signature would not bear, and may be long. */
const idOf = ({ pk, sk }: Key, ...rest: readonly string[]): string =>
  `evt_${createHash('sha256')
    .update(JSON.stringify([pk, sk, ...rest]))
    .digest('base64url')}`

const bytes = (text: string): number => Buffer.byteLength(text)
