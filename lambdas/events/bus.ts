import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { clientSettings } from '../runtime/aws-client.ts'
import { type Env, env as names, required } from '../runtime/env.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { Event } from './change-events.ts'

/**
 * The positions of events that the bus did not accept. `retryable`: worth a retry. `unacceptable`: the event
 * itself is invalid, so every retry would fail.
 */
export type Refusals = { retryable: ReadonlySet<number>; unacceptable: ReadonlySet<number> }

/** Publishes events on the bus. Publishing an event twice does no harm, because its id stays the same. */
export type PutEvents = (events: readonly Event[]) => Promise<Refusals>

/**
 * The most events in one request.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
const maxEntries = 10

/** The source by which rules distinguish our events from others on the bus. */
const source = 'groundcrew'

/**
 * Error codes of entries that can never be accepted. Errors that EventBridge calls not retryable but that
 * affect all entries, such as missing rights, are not among them: somebody fixes the cause, and then the
 * events continue in their order.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
const unacceptableCodes: ReadonlySet<string | undefined> = new Set([
  'InvalidArgument',
  'MalformedDetail',
  'RedactionFailure',
  'NotAuthorizedForDetailTypeException',
])

type Refused = { n: number; isUnacceptable: boolean }

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
        ErrorCode === undefined ? [] : [{ n, isUnacceptable: unacceptableCodes.has(ErrorCode), ErrorCode }],
      )
      if (refused[0]) log('eventsRefused', { refused: refused.length, errorCode: refused[0].ErrorCode })
      return refused
    } catch (error) {
      const isUnacceptable = isRequestUnacceptable(error)
      if (isUnacceptable && events.length > 1) return putEach(events)
      log('eventsRefused', { refused: events.length, ...errorFields(error) })
      return events.map((_, n) => ({ n, isUnacceptable }))
    }
  }

  /** One invalid event made the whole request fail; sent one by one, the others succeed. */
  const putEach = async (events: readonly Event[]): Promise<Refused[]> => {
    const refused: Refused[] = []
    for (const [n, event] of events.entries())
      for (const { isUnacceptable } of await putSome([event])) refused.push({ n, isUnacceptable })
    return refused
  }

  return async (events) => {
    const retryable = new Set<number>()
    const unacceptable = new Set<number>()
    // One request after the other, to keep the order of events.
    for (let from = 0; from < events.length && retryable.size === 0; from += maxEntries)
      for (const { n, isUnacceptable } of await putSome(events.slice(from, from + maxEntries)))
        (isUnacceptable ? unacceptable : retryable).add(from + n)
    return { retryable, unacceptable }
  }
}

/** Whether the request is too large, or EventBridge cannot parse it. */
const isRequestUnacceptable = (error: unknown): boolean =>
  error instanceof Error && ['ValidationException', 'SerializationException'].includes(error.name)

/** The bus that the environment names. */
export const connectBus = (env: Env): PutEvents =>
  eventPutter(new EventBridgeClient(clientSettings()), required(env, names.eventBus)[names.eventBus])
