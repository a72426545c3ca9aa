import { isDeepStrictEqual } from 'node:util'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './client.ts'
import { updateOf } from './update.ts'

/**
 * The state of an item is computed from its registers on each read. Lists and sweeps read indexes instead, so
 * each item also carries an index entry: the attributes that the indexes project, kept in step with the
 * registers. `rev` counts the writes of registers.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */

/** `checkAt`: when the sweep has to look at the item, epoch ms; undefined: never. */
export type IndexEntry = { state?: string | undefined; checkAt?: number | undefined }

const never = Number.POSITIVE_INFINITY

/**
 * Whether the written entry is still right: the same attributes, and a `checkAt` that is not too late. A
 * check that is too early does no harm.
 */
export const isProjected = <Entry extends IndexEntry>(
  entry: Entry,
  { checkAt = never, ...expected }: Entry,
  now: number,
): boolean => {
  const { checkAt: writtenCheckAt = never, ...written } = entry
  const isInTime =
    checkAt === writtenCheckAt || (checkAt !== never && checkAt > writtenCheckAt && writtenCheckAt > now)
  const names = new Set([...Object.keys(expected), ...Object.keys(written)])
  const values = (of: object): Map<string, unknown> => new Map(Object.entries(of))
  return (
    isInTime &&
    [...names].every((name) => isDeepStrictEqual(values(expected).get(name), values(written).get(name)))
  )
}

/**
 * Writes an index entry if the registers it was computed from are still the newest. Resolves to the previous
 * attributes, or to `overtaken` if another writer has changed the registers since: then read again. Safe to
 * repeat.
 */
export const projectToIndex = async (
  table: Table,
  Key: { pk: string; sk: string },
  rev: number,
  attributes: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown> | 'overtaken'> => {
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key,
        ...updateOf({ set: attributes, values: { ':rev': rev } }),
        // Items from before `rev` existed are read with `rev` 0.
        ConditionExpression:
          rev === 0 ? 'rev = :rev OR (attribute_exists(pk) AND attribute_not_exists(rev))' : 'rev = :rev',
        ReturnValues: 'UPDATED_OLD',
      }),
    ),
  )
  return isRefused(outcome) ? 'overtaken' : (outcome.Attributes ?? {})
}
