import { answerRules, topicRules } from '../lambdas/triggers.ts'
import { topicsOf } from '../protocols/dji-dock/topics.ts'
import { topicsOf as logTopicsOf } from '../protocols/dji-remote-log/topics.ts'
import type { Life } from './lives.ts'
import { prices } from './prices.ts'
import { printTable } from './table.ts'

/**
 * What a dock's whole traffic costs in a month, by how it reaches the cloud. Rates are those of a Dock 3 that was
 * recorded (github.com/SMengqi/sim_dji_cloud), and of DJI's page "Properties" for a dock at rest, which the recording
 * does not show. One recording of one firmware: measure your own, docs/first-contact.md says how.
 */

const secondsOfMonth = 730 * 3_600
/** Two flights of forty minutes a day. */
const inFlight = 80 / (24 * 60)

/** Messages a second, at rest and in flight. */
type Rate = { topic: string; atRest: number; inFlight: number }

const [dock, aircraft] = [topicsOf('dock'), topicsOf('aircraft')]
const recorded: readonly Rate[] = [
  { topic: dock.osd, atRest: 0.5, inFlight: 2.03 },
  // The list of alarms every two seconds, empty or not.
  { topic: dock.events, atRest: 0.5, inFlight: 2.2 },
  { topic: aircraft.osd, atRest: 0, inFlight: 0.5 },
  { topic: aircraft.state, atRest: 0, inFlight: 0.7 },
  { topic: aircraft.events, atRest: 0, inFlight: 0.5 },
]

/** A relay lets changes through: alarms that come and go, presence each hour and when something changes. */
const changesADay = { alarms: 40, presence: 24 + 16 }

type Way = { name: string; messages: number; rules: number; connections: number }

const perMonth = ({ atRest, inFlight: flying }: Rate): number =>
  secondsOfMonth * (atRest * (1 - inFlight) + flying * inFlight)

/** Whether we are the docks' only platform: another platform beside us answers them itself. */
type DockServer = 'on' | 'off'

/**
 * Every deployed rule whose filter fits is triggered, whatever its condition says. Those of `answerRules` are
 * deployed with `dockServer` alone.
 */
export const rulesFor = (topic: string, dockServer: DockServer): number =>
  [...Object.values(topicRules), ...(dockServer === 'on' ? Object.values(answerRules) : [])].filter(
    ({ filter }) => new RegExp(`^${filter.replaceAll('$', '\\$').replaceAll('+', '[^/]+')}$`).test(topic),
  ).length

const wayOf = (name: string, topics: readonly string[], reports: number, dockServer: DockServer): Way => {
  const carried = recorded.filter(({ topic }) => topics.includes(topic))
  const rules = carried.reduce((sum, rate) => sum + perMonth(rate) * rulesFor(rate.topic, dockServer), 0)
  return {
    name,
    messages: carried.reduce((sum, rate) => sum + perMonth(rate), 0) + reports,
    rules: rules + reports * rulesFor(logTopicsOf('dock').events, dockServer),
    connections: 1,
  }
}

/** Alarms go by `events`; presence has a rule of its own, which `dockServer` changes nothing about. */
const relayOf = (name: string, logs: number, changes: number, dockServer: DockServer): Way => {
  const presence = changesADay.presence * (730 / 24)
  const events = logs + changes - presence
  return {
    ...{ name, messages: logs + changes, connections: 1 / 25 },
    rules: events * rulesFor(dock.events, dockServer) + presence,
  }
}

/** Two uploads a day, with their replies, commands and what acknowledges those. */
const logMessages = (upload: Life): number => 2 * (730 / 24) * (upload.reports + 2 + 6)

const ways = (upload: Life): Way[] => {
  const logs = logMessages(upload)
  const changes = (changesADay.alarms + changesADay.presence) * (730 / 24)
  return [
    wayOf(
      'straight to AWS IoT Core, dock server on',
      recorded.map(({ topic }) => topic),
      logs,
      'on',
    ),
    wayOf('Mosquitto’s bridge, dock server off', [dock.events], logs, 'off'),
    relayOf('relay, dock server off', logs, changes, 'off'),
    relayOf('relay --platform, dock server on', logs, changes, 'on'),
  ]
}

/** US dollars a month for a dock's messages; table, functions and queues are counted with the uploads. */
export const dockTraffic = (upload: Life): { text: string; dollars: Record<string, number> } => {
  const rows = ways(upload).map(({ name, messages, rules, connections }) => ({
    name,
    messages,
    dollars:
      messages * prices.iotMessage +
      rules * prices.iotRuleTriggered +
      connections * prices.iotConnectionMonth,
  }))
  return {
    dollars: Object.fromEntries(rows.map(({ name, dollars }) => [name, dollars])),
    text: printTable(
      ['A dock reaches the cloud by', 'messages a month', 'US dollars a dock and month', '200 docks'],
      rows.map(({ name, messages, dollars }) => [
        ...[
          name,
          Math.round(messages).toLocaleString('en-US'),
          dollars.toFixed(3),
          (200 * dollars).toFixed(2),
        ],
      ]),
    ),
  }
}
