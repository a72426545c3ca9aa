import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { OwnError } from '../runtime/own-error.ts'
import type { Table } from '../table/client.ts'
import { isProjected, projectToIndex } from '../table/index-projection.ts'
import { presenceKey } from '../table/keys.ts'
import { PresenceRegisters } from './registers.ts'
import { changesAt, presenceStates, standingOf } from './state.ts'

/**
 * Keeps in the item what its registers mean, so that a change is a write, which can be told, also where time
 * alone has made it. Of the registers alone: what a dock says of its topology, or answers, is in other items, and
 * holds for two minutes; to write that down at each word would cost more than it tells (ADR 0035).
 */

/** Partition of the index `due`. */
export const presenceDueKind = 'presence'

export const Projected = z.object({
  state: z.optional(z.enum(presenceStates)),
  checkAt: z.optional(z.number()),
  rev: z._default(z.number(), 0),
})
type Entry = Pick<z.infer<typeof Projected>, 'state' | 'checkAt'>

/** Of what nothing but its firmware was ever heard nothing is known, and nothing changes. */
const entryOf = (registers: PresenceRegisters, { state: known }: Entry, now: number): Entry => {
  const { state } = standingOf({ registers }, now)
  const checkAt = changesAt(registers, now)
  return state === 'unknown' && known === undefined ? { checkAt } : { state, checkAt }
}

/** More often overtaken than this is a fault, and the message comes again. */
const mostTries = 10

/**
 * Where it is not what the item says: writes it. Only for the newest registers, since a later writer has more;
 * whoever was overtaken reads again. `item`: as it was just written; undefined: it is read. Safe to repeat.
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
    if (tries === mostTries) throw new OwnError(`presence of ${sn} is written too busily to be projected`)
    known = await read(table, sn)
  }
}

const read = async (table: Table, sn: string): Promise<Record<string, unknown> | undefined> =>
  (
    await table.client.send(
      new GetCommand({ TableName: table.name, Key: presenceKey(sn), ConsistentRead: true }),
    )
  ).Item
