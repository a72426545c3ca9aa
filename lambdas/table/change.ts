import type { EventType } from '../events/event-types.ts'
import type { Key } from './pages.ts'

/** What rooms say of changes in the table: which of them are told to others, and as what. Types only. */

export type Item = Readonly<Record<string, unknown>>

/** What the table's stream says of one write to an item; without `before` it was made, without `after` it went. */
export type Change = {
  key: Key
  before?: Item
  after?: Item
  /** When the table took it, epoch ms, in whole seconds. */
  at: number
  /** By its time to live, not by us. */
  by?: 'timeToLive'
}

/** One event: a change of state, with the record as the API shows it. */
export type Told = {
  type: EventType
  /** The record's path in the API, without the `/v1/` before it. */
  subject: string
  /** Who may hear of some fleets alone hears of no event without one. */
  fleet?: string | undefined
  /**
   * Tells events apart that one change has of the same type; else there is no need of it. The id of an event is
   * made of the item's key, the number of the change in the stream, the type, and this.
   */
  version?: string | undefined
  /** The record: the API's own view of it. */
  record: object
  previous?: { state?: string | undefined } | undefined
}

/** What a room tells of the changes of its own items. */
export type ChangeSource = {
  /** Whether an item with this key is one of those; cheap, asked for every change. */
  concerns: (key: Key) => boolean
  /**
   * The events of one change, often none. A repeat has the same ids. `read` has the items of other keys in
   * this order, as they are by now; those that are gone are undefined.
   * @throws what the items do not say as they should: the same change would fail again
   */
  tell: (change: Change, read: ReadItems) => Promise<readonly Told[]> | readonly Told[]
}

export type ReadItems = (keys: readonly Key[]) => Promise<readonly (Item | undefined)[]>
