import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { type Env, env as names, required } from '../env.ts'
import { clientSettings } from '../runtime/aws-client.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { Event } from './tell.ts'

/**
 * Puts events on the bus; resolves to the places of those that it did not take. Not to be repeated for those that
 * it took, though that does no harm: their ids are the same.
 */
export type PutEvents = (events: readonly Event[]) => Promise<ReadonlySet<number>>

/** What one request takes. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const mostEntries = 10

/** By which rules tell our events from those of others on the bus. */
const source = 'groundcrew'

export const eventPutter = (client: EventBridgeClient, bus: string): PutEvents => {
  const putSome = async (events: readonly Event[]): Promise<number[]> => {
    try {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: events.map(({ type, at, detail }) => ({
            EventBusName: bus,
            Source: source,
            DetailType: type,
            Time: new Date(at),
            Detail: detail,
          })),
        }),
      )
      const refused = Entries.flatMap(({ ErrorCode }, n) =>
        ErrorCode === undefined ? [] : [{ n, ErrorCode }],
      )
      if (refused[0]) log('eventsRefused', { refused: refused.length, errorCode: refused[0].ErrorCode })
      return refused.map(({ n }) => n)
    } catch (error) {
      log('eventsRefused', { refused: events.length, ...errorFields(error) })
      return [...events.keys()]
    }
  }
  return async (events) => {
    const refused = new Set<number>()
    // One after the other: what follows is not told before what it follows.
    for (let from = 0; from < events.length && refused.size === 0; from += mostEntries)
      for (const n of await putSome(events.slice(from, from + mostEntries))) refused.add(from + n)
    return refused
  }
}

/** The bus that the environment names. */
export const connectBus = (env: Env): PutEvents =>
  eventPutter(new EventBridgeClient(clientSettings()), required(env, names.eventBus)[names.eventBus])
