import assert from 'node:assert/strict'
import * as z from 'zod'
import type { Table } from '../../lambdas/table/client.ts'
import type { Outcome } from '../../lambdas/webhooks/outcome.ts'
import { openTable } from './table.ts'
import { wireWebhooks } from './webhooks.ts'

/** Webhooks from their making to the last try, with a clock that stands until it is moved. */

export const minute = 60_000
export const hour = 60 * minute
export const answered: Outcome = { ok: true, status: 200 }
export const notConnected: Outcome = { ok: false, reason: 'notConnected' }
export const status = (code: number): Outcome => ({ ok: false, reason: 'refused', status: code })

export const Made = z.object({ secret: z.string(), state: z.string() })
const Seen = z.object({
  state: z.string(),
  down: z.object({ tries: z.number(), reason: z.string(), nextTryAt: z.string() }).optional(),
})
const Deliveries = z.object({
  items: z.array(
    z.object({ id: z.string(), state: z.string(), tries: z.number(), reason: z.string().optional() }),
  ),
  next: z.string().optional(),
})

/** `over`: the table as the functions see it. */
export const webhookStory = (over: (table: Table) => Table = (table) => table) => {
  const { table } = openTable()
  const world = wireWebhooks(over(table))
  const { clock, received, call, sweep } = world
  const put = async (id: string, more: object = {}) => {
    const url = `https://${id}.example/hook`
    const body = { url, types: ['groundcrew.*'], ...more }
    const answer = await call('putWebhook', { params: { id }, body })
    assert.ok([200, 201].includes(answer.status), answer.text)
    return { url, answer }
  }
  const seen = async (id: string) => Seen.parse((await call('getWebhook', { params: { id } })).body)
  const deliveries = async (id: string, query = {}) =>
    Deliveries.parse((await call('listWebhookDeliveries', { params: { id }, query })).body).items
  const gotBy = (url: string) => received.filter((one) => one.url === url)
  /** Sends an event; where the second try is waited for, lets the clock ring it. */
  const happen = async (over = {}) => {
    const event = world.event(over)
    let isDone = false
    const sent = world.send(event).finally(() => {
      isDone = true
    })
    for (let n = 0; !isDone; n++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (!isDone && n % 20 === 19 && clock.waiting() > 0) clock.advance(6_000)
    }
    await sent
    return event
  }
  /** Lets time go by, with what the clock starts each minute. */
  const wait = async (milliseconds: number, step = minute) => {
    for (let passed = 0; passed < milliseconds; passed += step) {
      clock.advance(step)
      await sweep()
    }
  }
  return { ...world, put, seen, deliveries, gotBy, happen, wait, table }
}
