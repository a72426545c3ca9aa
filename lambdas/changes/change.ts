import type { Key } from '../table/pages.ts'
import type { EventType } from './event-types.ts'

/** Types with which rooms turn changes of the table into published events. */

export type Item = Readonly<Record<string, unknown>>

/**
 * One write to an item, from the table's stream. Without `before` the item is new, without `after` it is
 * gone.
 */
export type Change = {
  key: Key
  before?: Item
  after?: Item
  /** When DynamoDB made the write: epoch ms, in whole seconds. */
  at: number
  /** DynamoDB deleted the item because its time to live was over. */
  by?: 'timeToLive'
}

/** An event to publish: a change of state, with the record as the API shows it. */
export type ChangeEvent = {
  type: EventType
  /** The record's path in the API, without the `/v1/` before it. */
  subject: string
  /** Receivers that are limited to fleets get no event without a fleet. */
  fleet?: string | undefined
  /**
   * Needed only where one change has several events of the same type: it tells them apart. The id of an event
   * is a hash of the item's key, the change's sequence number in the stream, the type, and this.
   */
  version?: string | undefined
  /** The record as the API shows it. */
  record: object
  previous?: { state?: string | undefined } | undefined
}

/** Makes the events of a room from the changes of its items. */
export type ChangeSource = {
  /** Whether the room has events for items with this key. Called for every change, so it must be cheap. */
  concerns: (key: Key) => boolean
  /**
   * The events of one change, often none. A repeat makes the same ids. `read` returns the current items of
   * other keys, in the order of the keys; undefined for those that no longer exist.
   * @throws if an item cannot be parsed: the same change would fail again
   */
  eventsOf: (change: Change, read: ReadItems) => Promise<readonly ChangeEvent[]> | readonly ChangeEvent[]
}

export type ReadItems = (keys: readonly Key[]) => Promise<readonly (Item | undefined)[]>
