import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import { debugKey } from '../table/keys.ts'
import { isOwed, Session } from './session.ts'
import { steps } from './steps.ts'

/** Debug modes of docks in the table: pk `DOCK#{dockSn}`, sk `DEBUG`. */

export const debugDueKind = 'debug'

/** `rev` counts its writes. */
export type Stored = { session: Session; rev: number }

export const debugStore = (table: Table) => ({
  /** The newest session; undefined: the dock never had one, or it ended long ago. */
  find: async (dockSn: string): Promise<Stored | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: debugKey(dockSn), ConsistentRead: true }),
    )
    return Item && { session: Session.parse(Item), rev: Number(Item.rev) }
  },

  /** Replaces the session that was read, `rev` 0 for none; false: another writer was faster. */
  put: async (dockSn: string, session: Session, rev: number, now: number): Promise<boolean> => {
    const checkAt = checkAtOf(session)
    const outcome = await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...debugKey(dockSn),
            ...session,
            dockSn,
            rev: rev + 1,
            ...(checkAt === undefined ? {} : { dueKind: debugDueKind, checkAt }),
            // A session does not expire before it is closed.
            ...(isOwed(session) ? {} : { expiresAt: expiry(now, table.retention.commands) }),
          },
          ConditionExpression: rev === 0 ? 'attribute_not_exists(pk)' : 'rev = :rev',
          ...(rev === 0 ? {} : { ExpressionAttributeValues: { ':rev': rev } }),
        }),
      ),
    )
    return !isRefused(outcome)
  },
})

/** From when on the sweep looks at it, in each of its runs; undefined: never. Pure. */
export const checkAtOf = ({ phase, sent, until, since }: Session): number | undefined => {
  switch (phase) {
    case 'off':
      return undefined
    case 'on':
      return until
    case 'stuck':
      return since
    default:
      return (sent?.lastAt ?? since) + steps[phase].silenceMs
  }
}
