import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { topicRules } from '../../../lambdas/triggers.ts'
import { parseRule } from '../../../local/iot/sql.ts'
import { finalStatuses } from '../../../protocols/dji-alarms/topics.ts'

const { sql, sqlWithoutAlarms } = topicRules.dockProgress
const lets =
  (statement: string) =>
  (payload: unknown): boolean =>
    parseRule(statement, '2016-03-23').evaluate({
      topic: 'thing/product/SN1/events',
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      now: () => 0,
      newId: () => 'id',
    }) !== undefined
const example = (name: string): string =>
  readFileSync(new URL(`../../../protocols/dji-alarms/examples/${name}.json`, import.meta.url), 'utf8')
const hms = (list: unknown) => ({ method: 'hms', data: { list } })
const flight = (status: unknown) => ({ method: 'flighttask_progress', data: { output: { status } } })
const progress = { method: 'fileupload_progress', data: {} }

test('the rule selects standing alarms and ends of flights, not the empty lists of every two seconds', () => {
  const through = lets(sql)
  for (const name of ['up-hms', 'up-hms-v1.16', 'up-hms-dock3-aircraft', 'up-flighttask_progress'])
    assert.equal(through(example(name)), true, name)
  for (const name of ['up-hms-dock3-empty', 'up-flighttask_progress-dock3'])
    assert.equal(through(example(name)), false, name)
  for (const status of Object.keys(finalStatuses)) assert.equal(through(flight(status)), true, status)
})

test('nor messages without a list or a status, but all other progress whatever it contains', () => {
  const through = lets(sql)
  for (const message of [
    hms([]),
    hms(null),
    hms({}),
    { method: 'hms' },
    flight(null),
    flight({}),
    { method: 'osd' },
  ])
    assert.equal(through(message), false, JSON.stringify(message))
  for (const message of [progress, { ...progress, data: 5 }, '{"broken', '[]', {}])
    assert.equal(through(message), true, JSON.stringify(message))
})

test('without alarms it selects none of them', () => {
  const through = lets(sqlWithoutAlarms)
  assert.deepEqual([hms([{ code: 'x' }]), flight('ok'), progress].map(through), [false, false, true])
})
