import { answerRules, topicRules } from '../lambdas/triggers.ts'
import { topicsOf } from '../protocols/dji-dock/topics.ts'
import { topicsOf as logTopicsOf } from '../protocols/dji-remote-log/topics.ts'
import { prices } from './prices.ts'

/**
 * The messages of a dock's month, by how it reaches the cloud. Rates are those of a recorded Dock 3
 * (github.com/SMengqi/sim_dji_cloud), and of DJI's page "Properties" for a dock at rest, which the recording
 * does not show. This is one recording of one firmware: measure your own, docs/first-contact.md says how.
 */

export const daysOfMonth = 730 / 24
const secondsOfMonth = 730 * 3_600

/**
 * A dock's daily events. A relay announces it each hour, and when it or its aircraft comes, goes or changes.
 */
export const aDay = { uploads: 2, flights: 2, alarms: 4, presenceChanges: 16 } as const
const inFlight = (aDay.flights * 40) / (24 * 60)

/** Messages a second, at rest and in flight. */
type Rate = { topic: string; atRest: number; inFlight: number }

const [dock, aircraft] = [topicsOf('dock'), topicsOf('aircraft')]
/** The list of alarms every two seconds, empty or not, is part of `events`. */
const lists = { atRest: 0.5, inFlight: 0.5 }
const recorded: readonly Rate[] = [
  { topic: dock.osd, atRest: 0.5, inFlight: 2.03 },
  { topic: dock.events, atRest: lists.atRest, inFlight: 2.2 },
  { topic: aircraft.osd, atRest: 0, inFlight: 0.5 },
  { topic: aircraft.state, atRest: 0, inFlight: 0.7 },
  { topic: aircraft.events, atRest: 0, inFlight: 0.5 },
]
/** Messages that are repeated until answered: as recorded, where the platform's answers did not stop them. */
const repeated: readonly Rate[] = [
  { topic: dock.events, atRest: 0, inFlight: 2.2 - lists.inFlight },
  { topic: aircraft.state, atRest: 0, inFlight: 0.7 },
]

const perMonth = ({ atRest, inFlight: flying }: Rate): number =>
  secondsOfMonth * (atRest * (1 - inFlight) + flying * inFlight)

/** Whether Groundcrew is the docks' only platform: otherwise the other platform answers them. */
type DockServer = 'on' | 'off'

/**
 * Every deployed rule with a matching filter is triggered, whatever its condition. Those of `answerRules` are
 * deployed only with `dockServer`.
 */
export const rulesFor = (topic: string, dockServer: DockServer): number =>
  [...Object.values(topicRules), ...(dockServer === 'on' ? Object.values(answerRules) : [])].filter(
    ({ filter }) => new RegExp(`^${filter.replaceAll('$', '\\$').replaceAll('+', '[^/]+')}$`).test(topic),
  ).length

export type Traffic = {
  /** Upward messages, the rules they trigger, and how many of them request an answer. */
  messages: number
  rules: number
  answered: number
  connections: number
}

const sum = (rates: readonly Rate[], of: (rate: Rate) => number = () => 1): number =>
  rates.reduce((total, rate) => total + perMonth(rate) * of(rate), 0)

/** The daily traffic without uploads. */
const carried = (rates: readonly Rate[], dockServer: DockServer): Omit<Traffic, 'connections'> => ({
  messages: sum(rates),
  rules: sum(rates, ({ topic }) => rulesFor(topic, dockServer)),
  answered:
    dockServer === 'on' ? sum(repeated.filter((one) => rates.some(({ topic }) => topic === one.topic))) : 0,
})

/** `alarmMessages`: the messages of an alarm until it has cleared. */
const relayed = (dockServer: DockServer, alarmMessages: number): Omit<Traffic, 'connections'> => {
  const alarms = aDay.alarms * (alarmMessages + 1) * daysOfMonth
  const flights = aDay.flights * daysOfMonth
  const presence = (24 + aDay.presenceChanges) * daysOfMonth
  const answered = dockServer === 'on' ? sum(repeated) : 0
  const repeatedRules = sum(repeated, ({ topic }) => rulesFor(topic, dockServer))
  return {
    messages: alarms + flights + presence + answered,
    rules:
      (alarms + flights) * rulesFor(dock.events, dockServer) + presence + (answered > 0 ? repeatedRules : 0),
    answered,
  }
}

/** Reports and replies of uploads, the same on every way. */
const logs = (reports: number, dockServer: DockServer) => {
  const uploads = aDay.uploads * daysOfMonth
  return {
    messages: uploads * (reports + 2),
    rules: uploads * reports * rulesFor(logTopicsOf('dock').events, dockServer) + uploads * 2,
  }
}

const together = (
  own: Omit<Traffic, 'connections'>,
  reports: number,
  dockServer: DockServer,
  connections: number,
): Traffic => {
  const more = logs(reports, dockServer)
  return { ...own, messages: own.messages + more.messages, rules: own.rules + more.rules, connections }
}

export type Way = 'direct' | 'bridge' | 'relay' | 'platform'
export const wayNames: Readonly<Record<Way, string>> = {
  direct: 'straight to AWS IoT Core, dock server on',
  bridge: 'Mosquitto’s bridge, dock server off',
  relay: 'relay, dock server off',
  platform: 'relay --platform, dock server on',
}

/**
 * `reports` of an upload, and messages of an alarm through a relay. A relay or bridge carries 25 docks, or
 * 10.
 */
export const trafficBy = (way: Way, reports: number, alarmMessages: number): Traffic => {
  switch (way) {
    case 'direct':
      return together(carried(recorded, 'on'), reports, 'on', 1)
    case 'bridge': {
      const events = recorded.filter(({ topic }) => [dock.events, aircraft.events].includes(topic))
      return together(carried(events, 'off'), reports, 'off', 1 / 25)
    }
    case 'relay':
      return together(relayed('off', alarmMessages), reports, 'off', 1 / 25)
    case 'platform':
      return together(relayed('on', alarmMessages), reports, 'on', 1 / 10)
  }
}

/** Dollars for the month's messages and the connection; a command is sent, delivered and acknowledged. */
export const messagesCost = ({ messages, connections }: Traffic, commands: number): number =>
  (messages + commands * 3) * prices.iotMessage + connections * prices.iotConnectionMonth
