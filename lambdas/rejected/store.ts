import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { deviceKey, dockKey, rejectedKey } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readAll, readListed } from '../table/pages.ts'

/**
 * Messages that we could not understand: pk `REJECTED#{source}`, a row per reason and place in the message,
 * with a count and the last sample. A source has at most 20 rows, plus one that counts the rest: a flood of
 * messages costs a counter, not a table.
 */

/** A fault of a source, `times` in one batch; `at` and `sample` belong to the last. */
export type Fault = { reason: string; path: string; sample: string; at: number; times: number }

const Row = z.object({
  source: z.string(),
  reason: z.string(),
  path: z.string(),
  count: z.number(),
  firstAt: z.number(),
  lastAt: z.number(),
  sample: z.string(),
})
export type RejectedMessage = z.infer<typeof Row>
export const readRejectedMessage = (item: unknown): RejectedMessage => Row.parse(item)

const reasonsPerSource = 20
const otherReasons = { reason: 'otherReasons', path: '' }

export const rejectedStore = (table: Table) => {
  const count = async (
    source: string,
    { reason, path, sample, at, times }: Fault,
    fleet: string,
    onlyKnown: boolean,
  ): Promise<boolean> => {
    const outcome = await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: rejectedKey(source, rowName(reason, path)),
          UpdateExpression:
            'SET #source = :source, reason = :reason, #path = :path, #sample = :sample, lastAt = :at, expiresAt = :expiresAt,' +
            ' firstAt = if_not_exists(firstAt, :at), kind = :kind, kindKey = :kindKey, fleet = :fleet ADD #count :times',
          ...(onlyKnown ? { ConditionExpression: 'attribute_exists(pk)' } : {}),
          ExpressionAttributeNames: {
            '#source': 'source',
            '#path': 'path',
            '#sample': 'sample',
            '#count': 'count',
          },
          ExpressionAttributeValues: {
            ':source': source,
            ':reason': reason,
            ':path': path,
            ':sample': sample,
            ':at': at,
            ':expiresAt': expiry(at, table.retention.rejected),
            ':kind': 'rejected',
            ':kindKey': `${source}#${rowName(reason, path)}`,
            ':fleet': fleet,
            ':times': times,
          },
        }),
      ),
    )
    return !isRefused(outcome)
  }

  return {
    /** Counts the faults of a source. Not idempotent, and need not be: a repeated message counts again. */
    add: async (source: string, faults: readonly Fault[]): Promise<void> => {
      // Read each time: a dock may have been moved or registered since.
      const fleet = await fleetOf(table, source)
      const fresh: Fault[] = []
      for (const fault of faults) if (!(await count(source, fault, fleet, true))) fresh.push(fault)
      if (fresh.length === 0) return
      const { Count = 0 } = await table.client.send(
        new QueryCommand({
          TableName: table.name,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': rejectedKey(source, '').pk },
          Select: 'COUNT',
        }),
      )
      for (const [n, fault] of fresh.entries())
        await count(
          source,
          Count + n < reasonsPerSource ? fault : { ...fault, ...otherReasons },
          fleet,
          false,
        )
    },

    list: async (
      source: string | undefined,
      fleets: Fleets,
      request: PageRequest,
    ): Promise<Page<RejectedMessage>> => {
      const bounds = source ? { from: `${source}#`, to: `${source}#\u{10ffff}` } : {}
      const query = { kind: 'rejected' as const, fleets, ...bounds }
      const { items, next } = await listKeys(table, query, request)
      return { items: (await readListed(table, query, items)).map((row) => Row.parse(row)), next }
    },
  }
}

/** Row names are limited, whatever field names a device uses. */
const rowName = (reason: string, path: string): string => `${reason}#${path}`.slice(0, 200)

/** No fleet can have this name: only callers for all fleets see unregistered sources. */
export const noFleet = '(none)'

const Known = z.object({ fleet: z.optional(z.string()) })

const fleetOf = async (table: Table, source: string): Promise<string> => {
  const items = await readAll(table, [dockKey(source), deviceKey(source)], true)
  return items.flatMap((item) => Known.parse(item ?? {}).fleet ?? [])[0] ?? noFleet
}
