/**
 * TransactWriteItems, which dynalite lacks. Every part is prepared, so that each has its reason; then all are
 * committed or none. `conflicts.ts` has decided before which transactions may run concurrently.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
import { setTimeout } from 'node:timers/promises'
import { addUnits, totalUnits, type WriteUnits, writeUnits } from './capacity.ts'
import type { Change } from './changes.ts'
import { type Reason, transactionCanceled } from './conflicts.ts'
import { checked, type Data, type Result } from './dynalite-actions.ts'
import type { Demand } from './partitions.ts'
import type { Call } from './requests.ts'
import type { PreparedFailure } from './storage.ts'
import { keyText, type Table } from './tables.ts'
import { messageOf, writeDemands } from './throttling.ts'
import { type Step, stepsOf } from './transact-items.ts'
import { isConditionFailure } from './writes.ts'

type Checked = Step & { data: Data }

/**
 * An error that depends on the stored item cancels the transaction; an error in the request itself fails the
 * request.
 */
const dependsOnItem = (message: string): boolean =>
  /operand in the update expression|document path provided|Item size/.test(message)

/** Why a part cancels the transaction. @throws DynamoDbError if the part is invalid whatever the item is. */
const reasonOf = ({ request }: Step, { error, before }: PreparedFailure): Reason => {
  const shown = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before
  const refused = (Code: string): Reason => ({
    Code,
    Message: error.message,
    ...(shown ? { Item: before } : {}),
  })
  if (isConditionFailure(error)) return refused('ConditionalCheckFailed')
  if (dependsOnItem(error.message)) return refused('ValidationError')
  throw error
}

/** A part with its changes and demands, or the reason why it cannot be done. */
type Written = { step: Step; changes: Change[]; demands: Demand[]; reason: Reason }

const none: Reason = { Code: 'None' }

/** Prepares each part. The caller holds the items. */
const prepareAll = ({ storage }: Call, steps: readonly Checked[]): Promise<Written[]> =>
  Promise.all(
    steps.map(async (step): Promise<Written> => {
      const one = await storage.prepare(step.operation, step.data, step.table, step.key)
      if (one.error) return { step, changes: [], demands: [], reason: reasonOf(step, one) }
      // A check writes nothing, but costs as much as writing the present item.
      const changes = step.isCheck
        ? one.changes.slice(0, 1).map((own) => ({ ...own, after: own.before }))
        : one.changes
      return { step, changes, demands: writeDemands(changes, 2), reason: none }
    }),
  )

const refuse = (written: readonly Written[]): void => {
  const reasons = written.map(({ reason }) => reason)
  if (reasons.some((reason) => reason !== none)) throw transactionCanceled(reasons)
}

/** Takes the units of all parts, or cancels with a reason for each throttled part. */
const takeRates = ({ throttle }: Call, written: readonly Written[]): void => {
  const demands = written.flatMap((part) => part.demands)
  const lacking = new Set(throttle.lacking(demands))
  refuse(
    written.map((part) => {
      const missing = part.demands.find((demand) => lacking.has(demand))
      return missing
        ? { ...part, reason: { Code: 'ThrottlingError', Message: messageOf(missing) } }
        : { ...part, reason: none }
    }),
  )
  throttle.take(demands)
}

/** Units by table: a transaction consumes twice the units of its writes, and a check counts as a write. */
const consumedBy = (written: readonly Written[]): Map<Table, WriteUnits> => {
  const consumed = new Map<Table, WriteUnits>()
  for (const { step, changes } of written)
    consumed.set(step.table, addUnits(consumed.get(step.table), writeUnits(changes), 2))
  return consumed
}

/**
 * TransactWriteItems. The items are held for the whole request: at least `windowMs` from its start on, since
 * a DynamoDB transaction takes several exchanges between its servers. Within that time reads of several items
 * see one part after the other.
 */
export const transactWrite = async (call: Call, windowMs: number): Promise<Result> => {
  const { storage, meter, operation } = call
  const endsAt = performance.now() + windowMs
  const leftMs = (): number => Math.max(0, endsAt - performance.now())
  const steps = stepsOf(call.input, storage.table).map((step): Checked => {
    const data = checked(step.operation, step.request, storage.newest)
    return { ...step, data }
  })
  const written = await storage.hold(
    steps.map(({ table, key }) => keyText(table, key)),
    async () => {
      const prepared = await prepareAll(call, steps)
      refuse(prepared)
      takeRates(call, prepared)
      await storage.commit(
        prepared.map(({ changes }) => changes),
        call.written,
        () => Math.random() * leftMs(),
      )
      return prepared
    },
  )
  if (windowMs > 0) await setTimeout(leftMs())
  const consumed = consumedBy(written)
  for (const [{ TableName: tableName }, all] of consumed) {
    const { table: units } = all
    meter({ operation, tableName, kind: 'write', units, indexUnits: totalUnits(all) - units })
  }
  return {}
}
