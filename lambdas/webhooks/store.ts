import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Backoff, waited } from '../runtime/backoff.ts'
import { OwnError } from '../runtime/own-error.ts'
import { isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import { webhookKey, webhookSecretKey, webhooksMadeKey, webhooksPartition } from '../table/keys.ts'
import { Hook } from './hook.ts'
import { rotationMs, type Secrets } from './signature.ts'

/** Webhooks in the table: pk `WEBHOOKS`, sk `WEBHOOK#{id}`. Their secrets are in items of their own. */

export const webhookDueKind = 'webhook'

/** A webhook. Its `key` distinguishes it from an earlier one with the same id. */
export type HookRef = Pick<Hook, 'id' | 'key'>

const Made = z.object({ rev: z.number() })
const SecretItem = z.object({
  secret: z.string(),
  previous: z.optional(z.string()),
  previousUntil: z.optional(z.number()),
})

/** Backoff and retries for concurrent writers of the same webhook. */
const contended: Backoff = { first: 20, most: 500 }
const maxRepeats = 12

const itemOf = (hook: Hook) => ({
  ...webhookKey(hook.id),
  ...hook,
  ...(hook.checkAt === undefined ? {} : { dueKind: webhookDueKind }),
})

/** All webhooks, and a number that changes with each new one. */
export type AllHooks = { hooks: Hook[]; made: number }

export const hookStore = (table: Table) => {
  const find = async (id: string): Promise<Hook | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: webhookKey(id), ConsistentRead: true }),
    )
    return Item && Hook.parse(Item)
  }

  /** Replaces the webhook that was read; false: another writer has changed it since. */
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

  /** There are so few that one query returns them all. */
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
     * Changes a webhook: `decide` gets the current one and returns the new one, or undefined to leave it.
     * Resolves to the new one; undefined if the webhook is gone or was left as it is.
     */
    change: async (
      { id, key }: HookRef,
      decide: (hook: Hook) => Hook | undefined,
    ): Promise<Hook | undefined> => {
      for (let attempt = 0; attempt < maxRepeats; attempt++) {
        const hook = await find(id)
        if (!hook || hook.key !== key) return undefined
        const changed = decide(hook)
        if (!changed) return undefined
        if (await put(changed)) return { ...changed, rev: changed.rev + 1 }
        if (!(await waited(contended, attempt))) break
      }
      throw new StillContended('Others keep changing the webhook')
    },

    /** Adds a webhook and its secret, unless the id is taken or another was added since `made` was read. */
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

    /** Deletes a webhook and its secret; its waiting deliveries are not sent. A repeat finds nothing. */
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

    /** Replaces the secret. The old one also signs for another day; an even older one no longer does. */
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
            ExpressionAttributeValues: { ':until': now + rotationMs, ':secret': secret },
          },
        },
      })
      return refused ? undefined : rotated
    },

    /** Read only for sending. Undefined: the webhook is gone. */
    secretsOf: async ({ id, key }: HookRef): Promise<Secrets | undefined> => {
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: webhookSecretKey(id, key), ConsistentRead: true }),
      )
      return Item && SecretItem.parse(Item)
    },

    /** Records a requested test; the change itself becomes the test event. */
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

/** Transient, and named so that the caller gets a 503. */
class StillContended extends OwnError {
  override readonly name = 'TransactionConflict'
}

/** Milliseconds for which webhooks are cached, and after which changes take effect. */
const rememberedMs = 5_000

/** All webhooks, cached for some seconds. */
export const remembering = (hooks: Pick<HookStore, 'all'>, now: () => number): (() => Promise<Hook[]>) => {
  let read: { at: number; hooks: Promise<Hook[]> } | undefined
  return () => {
    if (read && now() >= read.at && now() < read.at + rememberedMs) return read.hooks
    const found = hooks.all().then((all) => all.hooks)
    const mine = { at: now(), hooks: found }
    read = mine
    // A failed read is not cached.
    found.catch(() => {
      if (read === mine) read = undefined
    })
    return found
  }
}
