import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { collectionKeys } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readListed } from '../table/pages.ts'
import { dockRowStore, minKeptDays } from './dock-rows.ts'
import { Run } from './run.ts'

/** Runs of collections in the table. All times epoch ms. */

/** Partition of the index `due`: runs that the sweep looks at. */
export const runDueKind = 'collectionRun'

/**
 * Runs that wait for a turn have a partition of their own, in their order: the sweep does not look at each of
 * them.
 */
export const turnDueKind = (collectionId: string): string => `collectionTurn#${collectionId}`

export type RunAddress = { collectionId: string; runId: string }

/** The run that a key of the table belongs to. */
export const runAddressOf = ({ pk, sk }: { pk: string; sk: string }): RunAddress | undefined =>
  pk.startsWith('COLLECTION#') && sk.startsWith('RUN#')
    ? { collectionId: pk.slice('COLLECTION#'.length), runId: sk.slice('RUN#'.length) }
    : undefined

/** A run's item, with the attributes of the indexes. */
const runItem = (table: Table, run: Run) => {
  const { collectionId, id, phase, createdAt, checkAt, waitingFor, uploadId } = run
  const dueKind = waitingFor === 'turn' && phase === 'waiting' ? turnDueKind(collectionId) : runDueKind
  // A run without an upload is kept as long as other commands to docks.
  const { commands, uploads } = table.retention
  const days = Math.max(minKeptDays, uploadId === undefined ? commands : uploads)
  return {
    ...collectionKeys.run(collectionId, id),
    ...run,
    state: phase,
    kind: runKind(collectionId),
    kindKey: `${String(createdAt).padStart(13, '0')}#${id}`,
    ...(checkAt === undefined ? {} : { dueKind }),
    expiresAt: expiry(createdAt, days),
  }
}

const runKind = (collectionId: string) => `collectionRun#${collectionId}` as const

const DockRow = z.object({
  sk: z.string(),
  run: z.optional(z.string()),
  earlier: z.optional(z.string()),
})

export const runStore = (table: Table) => ({
  rows: dockRowStore(table),

  get: async ({ collectionId, runId }: RunAddress): Promise<Run | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({
        TableName: table.name,
        Key: collectionKeys.run(collectionId, runId),
        ConsistentRead: true,
      }),
    )
    return Item && Run.parse(Item)
  },

  /** Replaces the run that was read; false: another writer was faster. */
  put: async (run: Run): Promise<boolean> => {
    const outcome = await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: runItem(table, { ...run, rev: run.rev + 1 }),
          ConditionExpression: 'rev = :rev',
          ExpressionAttributeValues: { ':rev': run.rev },
        }),
      ),
    )
    return !isRefused(outcome)
  },

  /** Newest first; `state` is compared in the index. */
  list: async (
    collectionId: string,
    fleets: Fleets,
    state: string | undefined,
    request: PageRequest,
  ): Promise<Page<Run>> => {
    const query = { kind: runKind(collectionId), fleets, where: { state }, newestFirst: true }
    const { items, next } = await listKeys(table, query, request)
    return { items: (await readListed(table, query, items)).map((item) => Run.parse(item)), next }
  },

  /** The runs of all collections at a dock. */
  ofDock: async (dockSn: string): Promise<RunAddress[]> => {
    const { pk } = collectionKeys.dock(dockSn, '')
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :collections)',
        ExpressionAttributeValues: { ':pk': pk, ':collections': collectionKeys.docks },
        ConsistentRead: true,
      }),
    )
    return Items.flatMap((item) => {
      const { sk, run, earlier } = DockRow.parse(item)
      const collectionId = sk.slice(collectionKeys.docks.length)
      return [earlier, run].flatMap((runId) => (runId === undefined ? [] : [{ collectionId, runId }]))
    })
  },

  /**
   * Writes what `opening` decided, in one transaction. `known`: the run exists; `changed`: something that the
   * decision rests on has changed.
   */
  write: async ({
    added,
    row,
    widened,
  }: {
    added: Run
    row?: { dockSn: string; collectionId: string; change: object; rev: number } | undefined
    widened?: Run | undefined
  }): Promise<'written' | 'known' | 'changed'> => {
    const refused = await writeTogether(table, {
      added: {
        Put: {
          TableName: table.name,
          Item: runItem(table, added),
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      row: row && dockRowStore(table).part(row),
      widened: widened && {
        Put: {
          TableName: table.name,
          Item: runItem(table, { ...widened, rev: widened.rev + 1 }),
          ConditionExpression: 'rev = :rev',
          ExpressionAttributeValues: { ':rev': widened.rev },
        },
      },
    })
    if (!refused) return 'written'
    return refused.added ? 'known' : 'changed'
  },
})
export type RunStore = ReturnType<typeof runStore>
