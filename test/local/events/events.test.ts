import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClock } from '../../../local/clock.ts'
import { createEventBus } from '../../../local/events/event-bus.ts'
import { objectCreated } from '../../../local/events/object-created.ts'
import { type BusEvent, compilePattern } from '../../../local/events/pattern.ts'
import { rateMs } from '../../../local/events/rate.ts'

const object = {
  bucket: 'uploads',
  key: 'north/7CTDM0000000001/2026-11-21/a/dock.tar',
  size: 5,
  etag: '"b1946ac92492d2347c6235b4d2611184"',
  sequencer: '617F08299329D189',
  requestId: 'N4N7GDK58NMKJ12R',
  reason: 'PutObject',
}
const bus = (rules: Parameters<typeof createEventBus>[0]['rules']) => {
  const clock = createClock()
  return {
    clock,
    events: createEventBus({ rules, clock, region: 'eu-central-1', accountId: '000000000000' }),
  }
}
const ruleTo = (got: BusEvent[], how: { pattern?: unknown; everyMs?: number }) => ({
  name: 'rule',
  arn: 'arn:aws:events:eu-central-1:000000000000:rule/rule',
  matches: how.pattern === undefined ? undefined : compilePattern(how.pattern),
  everyMs: how.everyMs,
  targets: [async (event: BusEvent) => void got.push(event)],
})

test('an object created in the bucket reaches the rule that asks for it, as S3 describes it', async () => {
  const got: BusEvent[] = []
  const other: BusEvent[] = []
  const pattern = (bucket: string) => ({
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: [bucket] } },
  })
  const { events } = bus([
    ruleTo(got, { pattern: pattern('uploads') }),
    ruleTo(other, { pattern: pattern('others') }),
  ])
  await events.put(objectCreated(object, '000000000000'))
  assert.partialDeepStrictEqual(got, [
    {
      version: '0',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      region: 'eu-central-1',
      resources: ['arn:aws:s3:::uploads'],
      detail: {
        bucket: { name: 'uploads' },
        object: {
          key: object.key,
          size: 5,
          etag: 'b1946ac92492d2347c6235b4d2611184',
          sequencer: object.sequencer,
        },
        reason: 'PutObject',
      },
    },
  ])
  assert.deepEqual(other, [])
})

test('scheduled rules run on the clock, and by hand', async () => {
  const got: BusEvent[] = []
  const { clock, events } = bus([ruleTo(got, { everyMs: rateMs('rate(1 minute)') })])
  events.startSchedules()
  clock.advance(59_000)
  assert.equal(got.length, 0)
  clock.advance(1_000)
  assert.equal(got.length, 1)
  clock.advance(60_000)
  assert.equal(got.length, 2)
  await events.tick()
  assert.partialDeepStrictEqual(got.at(-1), {
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    detail: {},
  })
  events.stop()
  clock.advance(600_000)
  assert.equal(got.length, 3)
})

const matching: [unknown, unknown, boolean][] = [
  [{ a: ['x', 'y'] }, { a: 'y' }, true],
  [{ a: ['x'] }, { a: ['z', 'x'] }, true],
  [{ a: ['x'], b: ['y'] }, { a: 'x' }, false],
  [{ a: [1] }, { a: '1' }, false],
  [{ a: [null] }, { a: null }, true],
  [{ a: [{ prefix: 'north/' }] }, { a: 'north/1' }, true],
  [{ a: [{ prefix: 'north/' }] }, { a: 'south/1' }, false],
]
for (const [pattern, event, expected] of matching) {
  test(`${JSON.stringify(pattern)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(event)}`, () => {
    assert.equal(compilePattern(pattern)(event), expected)
  })
}

test('what is not emulated is refused by name', () => {
  assert.throws(
    () => compilePattern({ detail: { size: [{ numeric: ['>', 0] }] } }),
    /\$\.detail\.size.*numeric.*not emulated/,
  )
  assert.throws(() => compilePattern({ a: [{ exists: true }] }), /\$\.a.*exists.*not emulated/)
  assert.throws(() => compilePattern({ $or: [] }), /\$or is not emulated/)
  assert.throws(() => rateMs('cron(0 12 * * ? *)'), /cron.*not emulated/)
})
