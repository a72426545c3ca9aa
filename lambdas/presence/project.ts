import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { OwnError } from '../runtime/own-error.ts'
import type { Table } from '../table/client.ts'
import { isProjected, projectToIndex } from '../table/index-projection.ts'
import { presenceKey } from '../table/keys.ts'
import { PresenceRegisters } from './registers.ts'
import { changesAt, presenceStates, standingOf } from './state.ts'

/**
 * Projects the state of an item's registers into the item, so that each change is a write that publishes an
 * event, even if only time caused it. Only the registers count: topologies and answers are in other items,
 * and are valid for two minutes; writing a state for each would cost more than it is worth (ADR 0035).
 */

/** Partition of the index `due`. */
export const presenceDueKind = 'presence'

export const Projected = z.object({
  state: z.optional(z.enum(presenceStates)),
  checkAt: z.optional(z.number()),
  rev: z._default(z.number(), 0),
})
type Entry = Pick<z.infer<typeof Projected>, 'state' | 'checkAt'>

/** If only firmware was ever reported, the state stays undefined, and nothing changes. */
const entryOf = (registers: PresenceRegisters, { state: known }: Entry, now: number): Entry => {
  const { state } = standingOf({ registers }, now)
  const checkAt = changesAt(registers, now)
  return state === 'unknown' && known === undefined ? { checkAt } : { state, checkAt }
}

/** More concurrent writes than this are a fault, and the message is retried. */
const maxTries = 10

/**
 * Writes the state if it differs from the item. Only the newest registers are projected, since a later writer
 * has more; an overtaken writer reads again. `item`: as just written; undefined: it is read first.
 * Idempotent.
 */
export const projectPresence = async (
  table: Table,
  sn: string,
  item: Record<string, unknown> | undefined,
  now: number,
): Promise<void> => {
  let known = item ?? (await read(table, sn))
  for (let tries = 1; known; tries++) {
    const { rev, ...projected } = Projected.parse(known)
    const entry = entryOf(PresenceRegisters.parse(known), projected, now)
    if (isProjected(projected, entry, now)) return
    const dueKind = entry.checkAt === undefined ? undefined : presenceDueKind
    const attributes = { state: entry.state, checkAt: entry.checkAt, dueKind }
    const before = await projectToIndex(table, presenceKey(sn), rev, attributes)
    if (before !== 'overtaken') return
    if (tries === maxTries) throw new OwnError(`presence of ${sn} changes too often to be projected`)
    known = await read(table, sn)
  }
}

const read = async (table: Table, sn: string): Promise<Record<string, unknown> | undefined> =>
  (
    await table.client.send(
      new GetCommand({ TableName: table.name, Key: presenceKey(sn), ConsistentRead: true }),
    )
  ).Item
