import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { type Env, env as names, required } from '../env.ts'
import { clientSettings } from '../runtime/aws-client.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { Event } from './change-events.ts'

/**
 * The places of events that the bus did not take. `again`: it may take them later. `never`: it refuses them for what
 * they are, however often they come.
 */
export type Refusals = { again: ReadonlySet<number>; never: ReadonlySet<number> }

/**
 * Puts events on the bus. Not to be repeated for those that it took, though that does no harm: their ids are the
 * same.
 */
export type PutEvents = (events: readonly Event[]) => Promise<Refusals>

/** What one request takes. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const mostEntries = 10

/** By which rules tell our events from those of others on the bus. */
const source = 'groundcrew'

/**
 * Codes of an entry that can never be taken. What EventBridge calls not retryable and yet refuses all entries alike,
 * as a missing right, is mended by somebody, and then the events go on in their order.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
const unfitCodes: ReadonlySet<string | undefined> = new Set([
  'InvalidArgument',
  'MalformedDetail',
  'RedactionFailure',
  'NotAuthorizedForDetailTypeException',
])

type Refused = { n: number; isUnfit: boolean }

export const eventPutter = (client: EventBridgeClient, bus: string): PutEvents => {
  const request = (events: readonly Event[]) =>
    new PutEventsCommand({
      Entries: events.map(({ type, at, detail }) => ({
        EventBusName: bus,
        Source: source,
        DetailType: type,
        Time: new Date(at),
        Detail: detail,
      })),
    })

  const putSome = async (events: readonly Event[]): Promise<Refused[]> => {
    try {
      const { Entries = [] } = await client.send(request(events))
      const refused = Entries.flatMap(({ ErrorCode }, n) =>
        ErrorCode === undefined ? [] : [{ n, isUnfit: unfitCodes.has(ErrorCode), ErrorCode }],
      )
      if (refused[0]) log('eventsRefused', { refused: refused.length, errorCode: refused[0].ErrorCode })
      return refused
    } catch (error) {
      const isUnfit = isRequestUnfit(error)
      if (isUnfit && events.length > 1) return putEach(events)
      log('eventsRefused', { refused: events.length, ...errorFields(error) })
      return events.map((_, n) => ({ n, isUnfit }))
    }
  }

  /** One of them has failed them all; the others are fit. */
  const putEach = async (events: readonly Event[]): Promise<Refused[]> => {
    const refused: Refused[] = []
    for (const [n, event] of events.entries())
      for (const { isUnfit } of await putSome([event])) refused.push({ n, isUnfit })
    return refused
  }

  return async (events) => {
    const again = new Set<number>()
    const never = new Set<number>()
    // One after the other: what follows is not told before what it follows.
    for (let from = 0; from < events.length && again.size === 0; from += mostEntries)
      for (const { n, isUnfit } of await putSome(events.slice(from, from + mostEntries)))
        (isUnfit ? never : again).add(from + n)
    return { again, never }
  }
}

/** A request that is too large, or that EventBridge cannot read. */
const isRequestUnfit = (error: unknown): boolean =>
  error instanceof Error && ['ValidationException', 'SerializationException'].includes(error.name)

/** The bus that the environment names. */
export const connectBus = (env: Env): PutEvents =>
  eventPutter(new EventBridgeClient(clientSettings()), required(env, names.eventBus)[names.eventBus])
