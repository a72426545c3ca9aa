import { methods, topicsOf } from '../protocols/dji-dock/topics.ts'
import { runOf } from './cost-per-report.ts'
import { rulesFor } from './dock-traffic.ts'
import { prices } from './prices.ts'
import type { Spent } from './spent.ts'
import { printTable } from './table.ts'

/**
 * The cost of a dock's reconnect and of its binding: dock server and accounts on, directly at AWS IoT Core.
 * Function durations are assumed; units are measured.
 */

const secondsOfAnswer = 0.03
const [requests, status] = [topicsOf('dock').requests, topicsOf('dock').status]

/** In the order of a dock's requests, as in `simulator/dock/online/come-online.ts`. */
const asked = {
  reconnect: [methods.config, methods.bindStatus, methods.topology],
  binding: [methods.config, methods.bindStatus, methods.organization, methods.bind, methods.topology],
}

/** Connected and disconnected: each lifecycle event passes a rule, a queue and a function. */
const lifecycle = { events: 2, requestsOfQueue: 3 }

const partsOf = (questions: readonly string[], { write, read }: Spent) => {
  const topics = questions.map((method) => (method === methods.topology ? status : requests))
  const rules = topics.reduce((sum, topic) => sum + rulesFor(topic, 'on'), 0) + lifecycle.events
  return {
    // The request, the answer, and its delivery.
    messages: 3 * questions.length * prices.iotMessage,
    rules:
      rules * (prices.iotRuleTriggered + prices.iotRuleAction) +
      lifecycle.events * lifecycle.requestsOfQueue * prices.sqsRequest,
    // The answers, the lifecycle events, and the login.
    functions: (questions.length + lifecycle.events + 1) * runOf(secondsOfAnswer),
    units: write * prices.dynamoWrite + read * prices.dynamoRead,
  }
}

export const answerCostTable = (units: { reconnect: Spent; binding: Spent }): string => {
  const row = (name: string, questions: readonly string[], used: Spent): string[] => {
    const parts = Object.values(partsOf(questions, used))
    const together = parts.reduce((sum, part) => sum + part, 0)
    return [name, used.write.toFixed(1), used.read.toFixed(1), ...dollars(parts), ...dollars([together])]
  }
  return printTable(
    ['US dollars a million', 'write units each', 'read', ...heads],
    [
      row('a dock connects again', asked.reconnect, units.reconnect),
      row('a dock connects for the first time, and binds', asked.binding, units.binding),
    ],
  )
}

const heads = ['messages', 'rules and queue', 'functions', 'units', 'together']
const dollars = (parts: readonly number[]): string[] => parts.map((part) => (part * 1e6).toFixed(2))
