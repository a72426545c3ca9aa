import { prices } from './prices.ts'
import { printTable } from './table.ts'

/** What the units measured here cost on AWS. Storage of archives and sign-in of people are not counted. */

const memoryGb = 0.5

/** A progress report of about 1 KB, in batches of this many, with so many write units each. */
const perReport = (writeUnits: number, batch: number, secondsPerBatch: number): number =>
  prices.iotMessage +
  prices.iotRuleTriggered +
  prices.iotRuleAction +
  prices.sqsRequest * (1 + 2 / batch) +
  (prices.lambdaRequest + secondsPerBatch * memoryGb * prices.lambdaGbSecondArm) / batch +
  writeUnits * prices.dynamoWrite

/** Five pollers with long polls of 20 seconds, for each queue that a function reads. */
const idleMonth = (queues: number): number => {
  const polls = queues * 5 * 180 * 730 * prices.sqsRequest
  // Three sweeps, once a minute each.
  const sweeps = 3 * 60 * 730
  return (
    polls + sweeps * (prices.lambdaRequest + 0.03 * memoryGb * prices.lambdaGbSecondArm + prices.dynamoRead)
  )
}

/** Two uploads a dock a day, each with sixty reports; docks connected by themselves. */
const fleetMonth = (docks: number, writeUnits: number): number => {
  const reports = docks * 2 * 60 * 30.4
  const calls = docks * 2 * 30 * 30.4
  return (
    idleMonth(4) +
    docks * prices.iotConnectionMonth +
    reports * perReport(writeUnits, 2, 0.02) +
    calls * (prices.httpApiRequest + prices.lambdaRequest + 0.05 * memoryGb * prices.lambdaGbSecondArm)
  )
}

export const costTable = (writeUnits: number): string =>
  printTable(
    ['What', 'US dollars'],
    [
      ['idle, a month', idleMonth(4).toFixed(2)],
      ['200 docks, two uploads each a day, a month', fleetMonth(200, writeUnits).toFixed(2)],
      ['a million progress reports, one by one', (perReport(writeUnits, 1, 0.02) * 1e6).toFixed(2)],
      ['a million progress reports, ten to a batch', (perReport(writeUnits, 10, 0.045) * 1e6).toFixed(2)],
    ],
  )
