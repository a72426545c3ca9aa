import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Backoff, waited } from '../runtime/backoff.ts'
import { OwnError } from '../runtime/own-error.ts'
import { isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { webhookKey, webhookSecretKey, webhooksMadeKey, webhooksPartition } from '../table/keys.ts'
import { Hook } from './hook.ts'
import { rotationMs, type Secrets } from './signature.ts'

/** Webhooks in the table: pk `WEBHOOKS`, sk `WEBHOOK#{id}`; what signs is an item of its own. */

export const webhookDueKind = 'webhook'

/** One of them: the `key` tells it from an earlier one with the same id. */
export type HookRef = Pick<Hook, 'id' | 'key'>

const Made = z.object({ rev: z.number() })
const SecretItem = z.object({
  secret: z.string(),
  previous: z.optional(z.string()),
  previousUntil: z.optional(z.number()),
})

/** Others write at the same moment; a few repeats are enough for all of them. */
const contended: Backoff = { first: 20, most: 500 }
const mostRepeats = 12

const itemOf = (hook: Hook) => ({
  ...webhookKey(hook.id),
  ...hook,
  ...(hook.checkAt === undefined ? {} : { dueKind: webhookDueKind }),
})

/** All webhooks, and a number that changes when another is made. */
export type AllHooks = { hooks: Hook[]; made: number }

export const hookStore = (table: Table) => {
  const find = async (id: string): Promise<Hook | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: webhookKey(id), ConsistentRead: true }),
    )
    return Item && Hook.parse(Item)
  }

  /** Over the one that was read; false: another has written since. */
  const put = async (hook: Hook): Promise<boolean> => {
    const outcome = await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: itemOf({ ...hook, rev: hook.rev + 1 }),
          ConditionExpression: 'rev = :rev',
          ExpressionAttributeValues: { ':rev': hook.rev },
        }),
      ),
    )
    return !isRefused(outcome)
  }

  /** There are so few that one answer has them all. */
  const all = async (): Promise<AllHooks> => {
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': webhooksPartition },
        ConsistentRead: true,
      }),
    )
    const [made, others] = [
      Items.find(({ sk }) => sk === webhooksMadeKey.sk),
      Items.filter(({ sk }) => sk !== webhooksMadeKey.sk),
    ]
    return { made: made ? Made.parse(made).rev : 0, hooks: others.map((item) => Hook.parse(item)) }
  }

  return {
    find,
    all,

    /**
     * Changes a webhook as `decide` says of the newest; undefined: not at all. Resolves to what it became; undefined:
     * it is no more, or was left as it is.
     */
    change: async (
      { id, key }: HookRef,
      decide: (hook: Hook) => Hook | undefined,
    ): Promise<Hook | undefined> => {
      for (let attempt = 0; attempt < mostRepeats; attempt++) {
        const hook = await find(id)
        if (!hook || hook.key !== key) return undefined
        const changed = decide(hook)
        if (!changed) return undefined
        if (await put(changed)) return { ...changed, rev: changed.rev + 1 }
        if (!(await waited(contended, attempt))) break
      }
      throw new StillContended('Others keep changing the webhook')
    },

    /** With its secret, unless the id is taken or another was made since `made` was read. */
    create: async (hook: Hook, secret: string, made: number): Promise<'created' | 'again'> => {
      const refused = await writeTogether(table, {
        hook: {
          Put: { TableName: table.name, Item: itemOf(hook), ConditionExpression: 'attribute_not_exists(pk)' },
        },
        secret: { Put: { TableName: table.name, Item: { ...webhookSecretKey(hook.id, hook.key), secret } } },
        made: {
          Put: {
            TableName: table.name,
            Item: { ...webhooksMadeKey, rev: made + 1 },
            ConditionExpression: made === 0 ? 'attribute_not_exists(pk)' : 'rev = :rev',
            ...(made === 0 ? {} : { ExpressionAttributeValues: { ':rev': made } }),
          },
        },
      })
      return refused ? 'again' : 'created'
    },

    /** What it still had to be sent is sent to nobody. A repeat finds nothing. */
    remove: async ({ id, key }: HookRef): Promise<void> => {
      await writeTogether(table, {
        hook: {
          Delete: {
            TableName: table.name,
            Key: webhookKey(id),
            ConditionExpression: '#key = :key',
            ExpressionAttributeNames: { '#key': 'key' },
            ExpressionAttributeValues: { ':key': key },
          },
        },
        secret: { Delete: { TableName: table.name, Key: webhookSecretKey(id, key) } },
      })
    },

    /** The secret until now signs for another day; what was the one before no more. */
    rotate: async (hook: Hook, secret: string, now: number): Promise<Hook | undefined> => {
      const { id, key, rev } = hook
      const rotated = { ...hook, rotatedAt: now, rev: rev + 1 }
      const refused = await writeTogether(table, {
        hook: {
          Put: {
            TableName: table.name,
            Item: itemOf(rotated),
            ConditionExpression: 'rev = :rev',
            ExpressionAttributeValues: { ':rev': rev },
          },
        },
        secret: {
          Update: {
            TableName: table.name,
            Key: webhookSecretKey(id, key),
            UpdateExpression: 'SET previous = secret, previousUntil = :until, secret = :secret',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':until': now + rotationMs, ':secret': secret },
          },
        },
      })
      return refused ? undefined : rotated
    },

    /** Only what sends reads it. Undefined: the webhook is no more. */
    secretsOf: async ({ id, key }: HookRef): Promise<Secrets | undefined> => {
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: webhookSecretKey(id, key), ConsistentRead: true }),
      )
      return Item && SecretItem.parse(Item)
    },

    /** Asked for by hand: the change is what is told, to this webhook alone. */
    askForTest: async ({ id }: HookRef, by: string, now: number): Promise<boolean> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: webhookKey(id),
            UpdateExpression: 'SET tested = :tested, rev = rev + :one',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':tested': { at: now, by }, ':one': 1 },
          }),
        ),
      )
      return !isRefused(outcome)
    },
  }
}

export type HookStore = ReturnType<typeof hookStore>

/** It passes by itself. */
class StillContended extends OwnError {
  override readonly name = 'TransactionConflict'
}

/** Milliseconds that webhooks are remembered: what changes counts after so long. */
const rememberedMs = 5_000

/** All webhooks, as they were some seconds ago at most. */
export const remembering = (hooks: Pick<HookStore, 'all'>, now: () => number): (() => Promise<Hook[]>) => {
  let read: { at: number; hooks: Promise<Hook[]> } | undefined
  return () => {
    if (read && now() >= read.at && now() < read.at + rememberedMs) return read.hooks
    const found = hooks.all().then((all) => all.hooks)
    const mine = { at: now(), hooks: found }
    read = mine
    // What failed is asked for again.
    found.catch(() => {
      if (read === mine) read = undefined
    })
    return found
  }
}
