import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * The cost of a report of about 1 KB, by its way from the broker to the table. Function durations are
 * assumed, for an otherwise idle machine: 20 ms for a single report, 45 ms for a batch of ten.
 */

const memoryGb = 0.5

/** A run of a function. */
export const runOf = (seconds: number): number =>
  prices.lambdaRequest + seconds * memoryGb * prices.lambdaGbSecondArm

const secondsOf = (batch: number): number => 0.02 + (0.025 * (batch - 1)) / 9

/**
 * A record in the table's stream, with or without an event: at worst a batch of its own for `tell-changes`.
 */
export const changeInStream = runOf(0.02)

/** The message itself and the rule that forwards it. */
const ingress = prices.iotMessage + prices.iotRuleTriggered + prices.iotRuleAction

/** From a rule to the function, through a queue, in batches of `batch` messages. */
export const handedOn = (batch: number): number =>
  prices.iotRuleAction + prices.sqsRequest * (1 + 2 / batch) + runOf(secondsOf(batch)) / batch

/** Our way without the table: rule, queue, function. */
export const throughQueue = (batch: number): number =>
  prices.iotMessage + prices.iotRuleTriggered + handedOn(batch)

/**
 * `units` are write units per report: for log progress, alone in its batch and two of one upload in it; for
 * an upgrade report of each kind.
 */
export type ReportUnits = { alone: number; shared: number; upgrade: number; upgradeShared: number }

export const costPerReportTable = ({ alone, shared, upgrade, upgradeShared }: ReportUnits): string => {
  const row = (name: string, way: number, units: number, keeps: string): string[] => [
    name,
    units.toFixed(2),
    ((way + units * prices.dynamoWrite) * 1e6).toFixed(2),
    keeps,
  ]
  // Each unit is a write, and so a stream record.
  const ours = (name: string, batch: number, units: number, keeps: string): string[] =>
    row(`ours${name}`, throughQueue(batch) + units * changeInStream, units, keeps)
  const direct = ingress + runOf(secondsOf(1))
  return printTable(
    ['A million reports', 'write units each', 'US dollars', 'what a late, repeated or refused report does'],
    [
      row('rule → dynamoDBv2, no function', ingress, 1, 'overwrites what is newer; nothing is checked'),
      row('rule → function, one by one', direct, alone, 'nothing; throttled ones are dropped in the end'),
      ours(': rule → queue → function, one by one', 1, alone, 'nothing; waits, or is kept'),
      ours(', ten to a batch, of ten uploads', 10, alone, 'the same'),
      ours(', ten to a batch, two of each upload', 10, shared, 'the same'),
      ours(', upgrade reports, ten to a batch', 10, upgrade, 'the same, and the history is kept'),
      ours(', upgrade reports, two of each device', 10, upgradeShared, 'the same'),
    ],
  )
}
