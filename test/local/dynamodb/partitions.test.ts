import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPartitions, type Demand } from '../../../local/dynamodb/partitions.ts'
import { TableProperties } from '../../../local/dynamodb/tables.ts'
import { tableProperties } from './start.ts'

const table = TableProperties.parse(tableProperties('Jobs'))
const [index] = table.GlobalSecondaryIndexes
const write = (units: number, partitionKey = 'a'): Demand => ({ kind: 'write', table, partitionKey, units })

const start = () => {
  const clock = { now: 5_000 }
  const partitions = createPartitions(() => clock.now)
  /** Whether it was let through. */
  const ask = (...demands: Demand[]): boolean => {
    if (partitions.lacking(demands).length > 0) return false
    partitions.take(demands)
    return true
  }
  return { clock, partitions, ask }
}

test('a partition gives its units of a second, and then as many as time has passed', () => {
  const { clock, ask } = start()
  assert.equal(ask(write(1_000)), true)
  assert.equal(ask(write(1)), false)
  clock.now += 10
  assert.equal(ask(write(11)), false)
  assert.equal(ask(write(10)), true)
  clock.now += 3_600_000
  assert.equal(ask(write(600), write(400)), true, 'an hour saves no more than a second')
  assert.equal(ask(write(1)), false)
})

test('each partition key, table, index and kind of use has its own', () => {
  const { ask } = start()
  const others: Demand[] = [
    write(1_000, 'b'),
    { ...write(1_000), index },
    { ...write(3_000), kind: 'read' },
    { ...write(1_000), table: { ...table, TableName: 'Others' } },
  ]
  assert.equal(ask(write(1_000)), true)
  for (const other of others) assert.deepEqual([ask(other), ask(other)], [true, false])
})

test('what is more than a second’s worth needs a full partition, and is paid off', () => {
  const { clock, ask } = start()
  assert.equal(ask(write(1)), true)
  assert.equal(ask(write(2_500)), false)
  clock.now += 1
  assert.equal(ask(write(2_500)), true)
  clock.now += 1_500
  assert.equal(ask(write(1)), false)
  clock.now += 1
  assert.equal(ask(write(1)), true)
})

test('those that are in the way are named, and nothing is taken', () => {
  const { partitions, ask } = start()
  ask(write(1_000, 'full'))
  const demands = [write(1, 'free'), write(1, 'full')]
  assert.deepEqual(partitions.lacking(demands), [demands[1]])
  assert.equal(ask(write(1_000, 'free')), true)
})

test('a table’s own maximum is that of all its partitions together, an index’s its own', () => {
  const { ask } = start()
  const limited = { ...table, OnDemandThroughput: { MaxWriteRequestUnits: 5, MaxReadRequestUnits: -1 } }
  const whole = (kind: 'read' | 'write', units: number): Demand => ({ kind, table: limited, units })
  assert.deepEqual([ask(whole('write', 5)), ask(whole('write', 1))], [true, false])
  assert.equal(ask(whole('read', 1_000_000)), true)
  assert.equal(ask({ ...whole('write', 1_000_000), index }), true)
})

test('no series of requests gets more than the rate and one second’s worth', () => {
  const request = fc.record({ units: fc.integer({ min: 1, max: 700 }), pause: fc.nat(400) })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
      const { clock, ask } = start()
      const began = clock.now
      let given = 0
      for (const { units, pause } of requests) {
        clock.now += pause
        if (ask(write(units))) given += units
        assert.ok(given <= 1_000 + (clock.now - began) + 1e-6, `${given} after ${clock.now - began} ms`)
      }
    }),
  )
})

test('partitions that have not been used for a while take no memory, and those that have keep what they owe', () => {
  const { clock, ask } = start()
  ask(write(10_000, 'owing'))
  for (let n = 0; n < 30_000; n++) {
    clock.now += 0.2
    ask(write(1, `key ${n}`))
  }
  assert.equal(ask(write(1, 'owing')), false)
  assert.equal(ask(write(1_000, 'key 29999')), false)
})
