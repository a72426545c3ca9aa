import { seenEveryMs } from '../lambdas/alarms/alarm.ts'
import { changeInStream, handedOn, runOf, throughQueue } from './cost-per-report.ts'
import type { Life, Lives } from './lives.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * The cost of publishing changes, sending them to webhooks and acting on them. Units are measured; function
 * durations are assumed: 20 ms for an event, 200 ms if a receiver is awaited.
 */

const secondsOfStarting = 0.02
const secondsOfSending = 0.2
const uploadsAMonth = 2 * (730 / 24)

const table = ({ writes, reads }: Pick<Life, 'writes' | 'reads'>): number =>
  writes * prices.dynamoWrite + reads * prices.dynamoRead

/**
 * At worst each change is its own batch, and both of our rules invoke a function for each event. Lambda reads
 * the stream without charge. https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
export const publishedCost = ({ changes, events, publishReads }: Life): number =>
  changes * changeInStream +
  events * (prices.eventBridgeEvent + 2 * runOf(secondsOfStarting)) +
  publishReads * prices.dynamoRead

/** In addition to the event: the sender waits, and records what it sends. */
const deliveryCost = (delivery: Life): number =>
  table(delivery) + publishedCost(delivery) + runOf(secondsOfSending) - runOf(secondsOfStarting)

/** A listing and an upload are two commands and two answers; the archive is reported like any other. */
const collectionCost = ({ collection, upload }: Lives): number =>
  table(collection) +
  publishedCost(collection) +
  (upload.reports + 2) * (throughQueue(2) + prices.dynamoWrite) +
  2 * 3 * prices.iotMessage

/** A relay reports standing alarms each minute; they are written as often. */
const alarmMinute = (): number => throughQueue(1) + prices.dynamoWrite + changeInStream

/**
 * Without a relay every list comes, each two seconds, and in its own batch if only one dock has an alarm; its
 * message and rule are paid for anyway. Standing alarms are written every 45 seconds.
 */
const alarmMinuteOfLists = (): number =>
  30 * handedOn(1) + (60_000 / seenEveryMs) * (prices.dynamoWrite + changeInStream)

const million = (cost: number): string => (cost * 1e6).toFixed(2)

export const eventsCostTables = (lives: Lives): string => {
  const { upload, delivery } = lives
  const uploads = 200 * uploadsAMonth
  const lifeOfEvents = { ...upload, changes: upload.events }
  return [
    printTable(
      ['A million', 'US dollars'],
      [
        ['table changes without an event, a batch each', million(changeInStream)],
        ['upload events, including their reads', million(publishedCost(lifeOfEvents) / upload.events)],
        ['of them sent to a webhook, on top', million(deliveryCost(delivery))],
        ['collections for an alarm', million(collectionCost(lives))],
        ['minutes that a dock’s alarm stands, behind a relay', million(alarmMinute())],
        ['the same where every list comes, on top of their messages', million(alarmMinuteOfLists())],
      ],
    ),
    printTable(
      ['200 docks behind a relay, two uploads each a day', 'US dollars a month'],
      [
        ['events of uploads', (uploads * publishedCost(upload)).toFixed(2)],
        ['all of it to a webhook', (uploads * upload.events * deliveryCost(delivery)).toFixed(2)],
        ['a collection a dock and day', ((uploads / 2) * collectionCost(lives)).toFixed(2)],
        [
          'an alarm a dock and day, which stands ten minutes',
          ((uploads / 2) * 10 * alarmMinute()).toFixed(2),
        ],
      ],
    ),
  ].join('\n\n')
}
