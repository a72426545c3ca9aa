import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { dockKey, spellingKey } from '../table/keys.ts'

/**
 * Docks that speak and that nobody registered. One may be registered with other capitals than it speaks with:
 * MQTT topics tell them apart, so that it never gets what we send. It is noted beside its own name, and found
 * by whoever reads the record of the registered one; what is written is never the record of another dock.
 */

const Heard = z.object({ dockSn: z.string(), seenAt: z.number() })

/** A dock that spoke, epoch ms. */
export type HeardAs = z.infer<typeof Heard>

/** A dock is not looked up again before this time has passed. */
const againAfterMs = 10 * 60_000
const mostRemembered = 10_000

export const strangeDocks = (table: Table, now: () => number) => {
  const lookedUp = new Map<string, number>()

  return {
    /**
     * A dock said something that is nothing of ours. Notes it unless it is registered as it speaks. Never
     * called for what is recorded, and of one dock looked up seldom; safe to repeat.
     */
    heard: async (dockSn: string, seenAt: number): Promise<void> => {
      if (now() < (lookedUp.get(dockSn) ?? 0) + againAfterMs) return
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: dockKey(dockSn), ProjectionExpression: 'pk' }),
      )
      if (!Item) await note(table, { dockSn, seenAt })
      if (lookedUp.size >= mostRemembered) lookedUp.clear()
      lookedUp.set(dockSn, now())
    },

    /** The dock that spoke last under the same serial number in other capitals, if any did. */
    heardAs: async (dockSn: string): Promise<HeardAs | undefined> => {
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: spellingKey(dockSn) }),
      )
      const heard = Item && Heard.parse(Item)
      return heard && heard.dockSn !== dockSn ? heard : undefined
    },
  }
}

/** Keeps the newest. */
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
