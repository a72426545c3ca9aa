import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { dockKey, spellingKey } from '../table/keys.ts'

/**
 * Unregistered docks that send messages. A dock may be registered in other letter case than it uses: MQTT
 * topics are case sensitive, so it never receives what we send. It is recorded under its own spelling, and
 * shown with the registered dock; this never writes to another dock's record.
 */

const Heard = z.object({ dockSn: z.string(), seenAt: z.number() })

/** A dock that sent a message; times in epoch ms. */
export type HeardAs = z.infer<typeof Heard>

/** Ms before a dock is looked up again. */
const againAfterMs = 10 * 60_000
const maxRemembered = 10_000

export const unregisteredDocks = (table: Table, now: () => number) => {
  const lookedUp = new Map<string, number>()

  return {
    /**
     * Called when a dock sends something that belongs to no record of ours. Records the dock unless it is
     * registered as it writes itself. A dock is looked up rarely. Idempotent.
     */
    heard: async (dockSn: string, seenAt: number): Promise<void> => {
      if (now() < (lookedUp.get(dockSn) ?? 0) + againAfterMs) return
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: dockKey(dockSn), ProjectionExpression: 'pk' }),
      )
      if (!Item) await note(table, { dockSn, seenAt })
      if (lookedUp.size >= maxRemembered) lookedUp.clear()
      lookedUp.set(dockSn, now())
    },

    /** The dock that last used the same serial number in other letter case, if any. */
    heardAs: async (dockSn: string): Promise<HeardAs | undefined> => {
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: spellingKey(dockSn) }),
      )
      const heard = Item && Heard.parse(Item)
      return heard && heard.dockSn !== dockSn ? heard : undefined
    },
  }
}

/** Keeps the newest message's time. */
const note = (table: Table, { dockSn, seenAt }: HeardAs) =>
  unlessRefused(
    table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: {
          ...spellingKey(dockSn),
          dockSn,
          seenAt,
          expiresAt: expiry(seenAt, table.retention.rejected),
        },
        ConditionExpression: 'attribute_not_exists(pk) OR seenAt < :seenAt',
        ExpressionAttributeValues: { ':seenAt': seenAt },
      }),
    ),
  )
