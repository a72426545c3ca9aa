import { handedOn, runOf } from './cost-per-report.ts'
import { alarmMinutes, type DockLives } from './dock-lives.ts'
import { aDay, daysOfMonth, messagesCost, trafficBy, type Way, wayNames } from './dock-traffic.ts'
import { publishedCost } from './events-cost.ts'
import type { Life } from './lives.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * The full cost of a dock in a month, by how it reaches the cloud: traffic, uploads, alarms, flights,
 * presence.
 */

export type AllLives = { upload: Life } & DockLives

/**
 * Requests of operators or of the console per upload, and the read units of one:
 * `test/lambdas/http/page-units`.
 */
const requestsOfUpload = 30
const unitsOfRequest = 4
const secondsOfAnswer = 0.03

/** The retention of uploads in days, and the bytes of an upload's two items, its history and commands. */
const kept = { days: 400, bytes: 4_000 }

/** US dollars a month of one dock. */
export type DockMonth = {
  messages: number
  rules: number
  functions: number
  table: number
  kept: number
  published: number
  requests: number
  storageEvents: number
}

/** The daily events besides the traffic. */
const livesOf = (way: Way, lives: AllLives): { life: Life; aDay: number }[] => {
  const isRelay = way === 'relay' || way === 'platform'
  const presence =
    way === 'bridge' ? [] : [{ life: isRelay ? lives.relayedDay : lives.connectedDay, aDay: 1 }]
  return [
    { life: lives.upload, aDay: aDay.uploads },
    { life: lives.flight, aDay: aDay.flights },
    { life: isRelay ? lives.alarmByRelay : lives.alarmEveryList, aDay: aDay.alarms },
    ...presence,
  ]
}

/** `batch`: messages per invocation, which grows with the number of docks. */
export const dockMonth = (way: Way, lives: AllLives, batch: number): DockMonth => {
  const traffic = trafficBy(way, lives.upload.reports, lives.alarmByRelay.reports)
  const uploads = aDay.uploads * daysOfMonth
  const all = livesOf(way, lives)
  const sum = (of: (life: Life) => number): number =>
    all.reduce((total, one) => total + one.aDay * daysOfMonth * of(one.life), 0)
  // Two replies per upload besides its reports.
  const toFunctions = sum(({ reports }) => reports) + uploads * 2
  const answer = 2 * prices.iotMessage + prices.iotRuleAction + runOf(secondsOfAnswer)
  return {
    messages: messagesCost(traffic, uploads * 2),
    rules: traffic.rules * prices.iotRuleTriggered,
    functions: toFunctions * handedOn(batch) + traffic.answered * answer,
    table: sum(({ writes, reads }) => writes * prices.dynamoWrite + reads * prices.dynamoRead),
    kept: ((aDay.uploads * kept.days * kept.bytes) / 1e9) * prices.dynamoGbMonth,
    published: sum(publishedCost),
    requests:
      uploads * requestsOfUpload * (prices.httpApiRequest + runOf(0.05) + unitsOfRequest * prices.dynamoRead),
    storageEvents: uploads * (prices.eventBridgeEvent + 3 * prices.sqsRequest + runOf(0.03)),
  }
}

export const dollarsOf = (month: DockMonth): number =>
  Object.values(month).reduce((total, part) => total + part, 0)

const ways: readonly Way[] = ['direct', 'bridge', 'relay', 'platform']

/** `batch`: for two hundred docks. */
export const dockMonthTable = (lives: AllLives, batch: number): string =>
  printTable(
    [
      'US dollars a dock and month',
      'messages',
      'rules',
      'queue and functions',
      'table',
      'storage, events',
      'operators, storage events',
      'together',
    ],
    ways.map((way) => {
      const month = dockMonth(way, lives, batch)
      const parts = [
        month.messages,
        month.rules,
        month.functions,
        month.table,
        month.kept + month.published,
        month.requests + month.storageEvents,
        dollarsOf(month),
      ]
      return [wayNames[way], ...parts.map((part) => part.toFixed(4))]
    }),
  )

export const dockMonthText = (lives: AllLives): string =>
  `A day of a dock: ${aDay.uploads} uploads with ${lives.upload.reports} reports each, ${aDay.flights} flights of forty minutes, ${aDay.alarms} alarms that stand for ${alarmMinutes} minutes; \`osd\`, \`state\` and the list of
alarms every two seconds at the rates of a recorded Dock 3. \`messages\` has the connection, too. For each upload an operator or the console makes
${requestsOfUpload} requests. With the dock server on, what asks for an answer is counted as often as it was recorded, unanswered: that is the most.`
