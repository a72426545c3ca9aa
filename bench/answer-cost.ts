import { methods, topicsOf } from '../protocols/dji-dock/topics.ts'
import { runOf } from './cost-per-report.ts'
import { rulesFor } from './dock-traffic.ts'
import { prices } from './prices.ts'
import type { Spent } from './spent.ts'
import { printTable } from './table.ts'

/**
 * What it costs that a dock connects again, and that it binds: dock server and accounts on, straight to AWS IoT
 * Core. How long functions run is assumed; units are measured.
 */

const secondsOfAnswer = 0.03
const [requests, status] = [topicsOf('dock').requests, topicsOf('dock').status]

/** In the order in which a dock asks; `simulator/online/come-online.ts` has it too. */
const asked = {
  reconnect: [methods.config, methods.bindStatus, methods.topology],
  binding: [methods.config, methods.bindStatus, methods.organization, methods.bind, methods.topology],
}

/** Connected and disconnected: a rule, a queue and a function of the cloud's own messages each. */
const lifecycle = { events: 2, requestsOfQueue: 3 }

const partsOf = (questions: readonly string[], { write, read }: Spent) => {
  const topics = questions.map((method) => (method === methods.topology ? status : requests))
  const rules = topics.reduce((sum, topic) => sum + rulesFor(topic, 'on'), 0) + lifecycle.events
  return {
    // The question, the answer, and its delivery.
    messages: 3 * questions.length * prices.iotMessage,
    rules:
      rules * (prices.iotRuleTriggered + prices.iotRuleAction) +
      lifecycle.events * lifecycle.requestsOfQueue * prices.sqsRequest,
    // The answers, the events of the connection, and who it is that logs in.
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
