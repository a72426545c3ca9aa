import { isDeepStrictEqual } from 'node:util'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './client.ts'
import { updateOf } from './update.ts'

/**
 * What an item's registers mean is worked out when it is read. Lists and sweeps read indexes instead, so each
 * item carries an index entry: the attributes that indexes project, kept in step with its registers. `rev`
 * counts the writes of registers.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */

/** `checkAt`: when the sweep has to look, epoch ms; undefined: never. */
export type IndexEntry = { state?: string | undefined; checkAt?: number | undefined }

const never = Number.POSITIVE_INFINITY

/** Whether an entry says what it should, and is checked no later than it must be; too early does no harm. */
export const isProjected = <Entry extends IndexEntry>(
  entry: Entry,
  { checkAt = never, ...wanted }: Entry,
  now: number,
): boolean => {
  const { checkAt: writtenCheckAt = never, ...written } = entry
  const isInTime =
    checkAt === writtenCheckAt || (checkAt !== never && checkAt > writtenCheckAt && writtenCheckAt > now)
  const names = new Set([...Object.keys(wanted), ...Object.keys(written)])
  const values = (of: object): Map<string, unknown> => new Map(Object.entries(of))
  return (
    isInTime &&
    [...names].every((name) => isDeepStrictEqual(values(wanted).get(name), values(written).get(name)))
  )
}

/**
 * Writes an index entry, if the registers that it was worked out from are still the newest. Resolves to the
 * attributes as they were, or to `overtaken`: another has written since, and whoever wants to be sure reads
 * again. Safe to repeat.
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
        // Of what was written before its writes were counted, `rev` is read as 0.
        ConditionExpression:
          rev === 0 ? 'rev = :rev OR (attribute_exists(pk) AND attribute_not_exists(rev))' : 'rev = :rev',
        ReturnValues: 'UPDATED_OLD',
      }),
    ),
  )
  return isRefused(outcome) ? 'overtaken' : (outcome.Attributes ?? {})
}
