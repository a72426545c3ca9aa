import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  alarmCause,
  concernsAlarm,
  concernsDock,
  runIdOf,
} from '../../../lambdas/collections/rules/causes.ts'
import { lastDaily, nextDaily } from '../../../lambdas/collections/rules/daily.ts'
import { pickLogs, spanOf } from '../../../lambdas/collections/rules/pick.ts'
import { CollectionInput } from '../../../lambdas/collections/shapes.ts'

const at = Date.parse('2026-11-29T12:00:00Z')
const minute = 60_000

const log = (bootIndex: number, from: string, to: string) => ({
  bootIndex,
  sizeBytes: 1,
  startTime: from === '' ? 0 : Date.parse(`2026-11-29T${from}:00Z`),
  endTime: to === '' ? 0 : Date.parse(`2026-11-29T${to}:00Z`),
})
const listed = (module: 'aircraft' | 'dock', ...logs: ReturnType<typeof log>[]) => ({
  module,
  logs,
  listedAt: at,
  listingId: 'listing',
})

suite('which alarms a collection is for', () => {
  const alarm = { level: 'warning', code: '0x16100083', imminent: false } as const
  for (const [rule, isFor] of [
    [{}, true],
    [{ levels: ['caution', 'warning'] }, true],
    [{ levels: ['notice'] }, false],
    [{ codes: ['0X16100083'] }, true],
    [{ codes: ['0x1'] }, false],
    [{ exceptCodes: ['0x16100083'] }, false],
    [{ codes: ['0x16100083'], exceptCodes: ['0x16100083'] }, false],
  ] as const)
    test(`${JSON.stringify(rule)}: ${isFor}`, () => {
      assert.equal(concernsAlarm({ ...rule } as Parameters<typeof concernsAlarm>[0], alarm), isFor)
    })

  test('conditions that pass by themselves only if requested', () => {
    const wind = { ...alarm, imminent: true }
    assert.equal(concernsAlarm({}, wind), false)
    assert.equal(concernsAlarm({ imminentToo: true }, wind), true)
  })

  test('an alarm that is raised again is another cause, a repeated report the same', () => {
    const raised = { sn: 'DOCK1', code: '0x1', level: 'notice', imminent: false, raisedAt: at } as const
    const id = runIdOf(alarmCause(raised, at), 'DOCK1')
    assert.equal(runIdOf(alarmCause(raised, at + minute), 'DOCK1'), id)
    for (const other of [{ raisedAt: at + 1 }, { sensor: 1 }, { sn: 'AIRCRAFT1' }, { code: '0x2' }])
      assert.notEqual(runIdOf(alarmCause({ ...raised, ...other }, at), 'DOCK1'), id)
    assert.notEqual(runIdOf(alarmCause(raised, at), 'DOCK2'), id)
  })

  test('is never in the future, whatever the clock of its dock says', () => {
    const ahead = { sn: 'DOCK1', code: '0x1', level: 'notice', imminent: false, raisedAt: at + 9e9 } as const
    assert.equal(alarmCause(ahead, at).at, at)
  })
})

test('a collection is for docks of its fleet, or for those that it names', () => {
  const dock = { dockSn: 'DOCK1', fleet: 'north' }
  assert.equal(concernsDock({ fleet: 'north' }, dock), true)
  assert.equal(concernsDock({ fleet: 'south' }, dock), false)
  assert.equal(concernsDock({ docks: ['DOCK2'] }, dock), false)
  assert.equal(concernsDock({ fleet: 'south', docks: ['DOCK1'] }, dock), false)
})

suite('which logs are picked', () => {
  const rule = { modules: ['dock' as const], beforeSeconds: 600, afterSeconds: 120 }
  const pick = (...logs: ReturnType<typeof log>[]) =>
    pickLogs(rule, spanOf(rule, at), [listed('dock', ...logs)])

  test('those that hold any of the time around the cause', () => {
    const { picked, leftOut } = pick(
      log(1, '11:00', '11:49'),
      log(2, '11:00', '11:50'),
      log(3, '11:55', '11:56'),
      log(4, '12:02', '13:00'),
      log(5, '12:03', '13:00'),
      log(6, '11:00', '13:00'),
    )
    assert.deepEqual(picked, [{ module: 'dock', bootIndexes: [2, 3, 4, 6] }])
    assert.deepEqual(leftOut, [])
  })

  test('a log with one time by that, one without times not', () => {
    assert.deepEqual(pick(log(1, '', '11:55'), log(2, '11:59', ''), log(3, '', '')).picked, [
      { module: 'dock', bootIndexes: [1, 2] },
    ])
  })

  test('the newest if there are more than an upload takes, with the number left out', () => {
    const many = Array.from({ length: 1003 }, (_, n) => log(n, '11:55', '12:00'))
    const { picked, leftOut } = pick(...many)
    assert.equal(picked[0]?.bootIndexes.length, 1000)
    assert.equal(picked[0]?.bootIndexes[0], 3)
    assert.deepEqual(leftOut, [{ module: 'dock', why: 'tooManyLogs', logs: 3 }])
  })

  test('the newest boots by their time, even if the count restarted', () => {
    const newest = { modules: ['dock' as const, 'aircraft' as const], newestBoots: 2 }
    const logs = [log(90, '08:00', '09:00'), log(1, '10:00', '11:00'), log(2, '11:00', '12:00')]
    assert.deepEqual(pickLogs(newest, spanOf(newest, at), [listed('dock', ...logs)]), {
      picked: [{ module: 'dock', bootIndexes: [1, 2] }],
      leftOut: [{ module: 'aircraft', why: 'notListed' }],
    })
  })

  test('without logs there is nothing to upload', () => {
    assert.deepEqual(pick(log(1, '08:00', '09:00')), {
      picked: [],
      leftOut: [{ module: 'dock', why: 'noLogs' }],
    })
  })
})

suite('each day at a local time', () => {
  const berlin = (time: string) => ({ at: time, timeZone: 'Europe/Berlin' })
  for (const [what, time, after, next] of [
    ['later today', '03:30', '2026-11-29T01:00:00Z', '2026-11-29T02:30:00.000Z'],
    ['tomorrow', '03:30', '2026-11-29T02:30:00Z', '2026-11-30T02:30:00.000Z'],
    ['a time that clocks jump over', '02:30', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['the first of two', '02:30', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['not the second of two', '02:30', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
  ] as const)
    test(`${what}: ${time} after ${after}`, () => {
      assert.equal(new Date(nextDaily(berlin(time), Date.parse(after)).at).toISOString(), next)
    })

  test('in every zone one after the other, each on another day', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC']
    const Time = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
    const moments = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2035-01-01') })
    fc.assert(
      fc.property(fc.constantFrom(...zones), Time, moments, (timeZone, time, moment) => {
        const daily = { at: time, timeZone }
        const next = nextDaily(daily, moment)
        assert.ok(next.at > moment && next.at <= moment + 26 * 60 * minute)
        assert.deepEqual(lastDaily(daily, next.at), next)
        assert.ok(nextDaily(daily, next.at).day > next.day)
      }),
    )
  })
})

suite('the settings of a collection', () => {
  const good = { fleet: 'north', logs: { modules: ['dock'], newestBoots: 1 } }
  test('good', () => assert.equal(CollectionInput.safeParse(good).success, true))
  for (const [what, input, path] of [
    ['no docks', { logs: good.logs }, 'fleet'],
    ['fleet and docks', { ...good, docks: ['DOCK1'] }, 'docks'],
    ['an aircraft that nobody wants', { ...good, wakeAircraft: true }, 'wakeAircraft'],
    ['a time zone that there is none', { ...good, when: { daily: { at: '01:00', timeZone: '+1' } } }, 'when'],
    ['two occasions', { ...good, when: { afterFlight: {}, alarm: {} } }, 'when'],
    [
      'too little time',
      { ...good, logs: { modules: ['dock'], beforeSeconds: 1, afterSeconds: 600 }, finishWithinSeconds: 900 },
      'finishWithinSeconds',
    ],
  ] as const)
    test(`${what} is refused at ${path}`, () => {
      const { error } = CollectionInput.safeParse(input)
      assert.equal(error?.issues[0]?.path[0], path)
    })
})
