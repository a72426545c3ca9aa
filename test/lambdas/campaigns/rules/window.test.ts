import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Window } from '../../../../lambdas/campaigns/rules/shapes.ts'
import { isOpenAt, nextOpening } from '../../../../lambdas/campaigns/rules/window.ts'

const window = (more: Partial<Window>): Window => ({ days: ['mon'], from: '01:00', minutes: 240, ...more })
const everyDay: Window['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const at = (time: string): number => Date.parse(time)
const open = (of: Window, time: string, zone?: string) => isOpenAt(of, zone, at(time))
const opens = (of: Window, time: string, zone?: string) => {
  const found = nextOpening(of, zone, at(time))
  return found === undefined ? undefined : new Date(found).toISOString()
}

describe('a window', () => {
  it('is open from its first minute to its last, only on its days', () => {
    const monday = window({})
    assert.equal(open(monday, '2026-11-30T00:59:59.999Z'), false)
    assert.equal(open(monday, '2026-11-30T01:00:00Z'), true)
    assert.equal(open(monday, '2026-11-30T04:59:59.999Z'), true)
    assert.equal(open(monday, '2026-11-30T05:00:00Z'), false)
    assert.equal(open(monday, '2026-12-01T02:00:00Z'), false)
  })

  it('reaches over midnight, and belongs to the day on which it opens', () => {
    const night = window({ days: ['sun'], from: '22:00', minutes: 300 })
    assert.equal(open(night, '2026-11-29T21:59:00Z'), false)
    assert.equal(open(night, '2026-11-30T02:59:00Z'), true)
    assert.equal(open(night, '2026-11-30T03:00:00Z'), false)
    assert.equal(open(night, '2026-11-29T01:00:00Z'), false)
  })

  it("is by its own zone, else by the device's, else by UTC", () => {
    const time = '2026-11-30T05:30:00Z'
    assert.equal(open(window({ timeZone: 'America/New_York' }), '2026-11-30T06:30:00Z', 'Asia/Tokyo'), true)
    assert.equal(open(window({}), time, 'Europe/Berlin'), false)
    assert.equal(open(window({}), time, 'America/New_York'), false)
    assert.equal(open(window({}), '2026-11-29T16:30:00Z', 'Asia/Tokyo'), true)
    assert.equal(open(window({}), '2026-11-30T02:30:00Z'), true)
  })

  it('knows a day that has begun elsewhere, and offsets of less than an hour', () => {
    assert.equal(
      opens(window({ from: '00:00', timeZone: 'Pacific/Kiritimati' }), '2026-11-29T00:00:00Z'),
      '2026-11-29T10:00:00.000Z',
    )
    assert.equal(
      opens(window({ from: '00:15', timeZone: 'Asia/Kathmandu' }), '2026-11-29T00:00:00Z'),
      '2026-11-29T18:30:00.000Z',
    )
  })

  it('opens next on the nearest of its days, later than now', () => {
    const twice = window({ days: ['fri', 'mon'] })
    assert.equal(opens(twice, '2026-11-28T00:00:00Z'), '2026-11-30T01:00:00.000Z')
    assert.equal(opens(twice, '2026-11-30T01:00:00Z'), '2026-12-04T01:00:00.000Z')
    assert.equal(opens(window({}), '2026-11-30T01:00:00Z'), '2026-12-07T01:00:00.000Z')
    assert.equal(opens(window({ days: [] }), '2026-11-30T01:00:00Z'), undefined)
  })

  // Berlin, 29 March 2026: at 02:00 clocks go to 03:00; 25 October: at 03:00 to 02:00.
  const berlin = (more: Partial<Window>) => window({ days: ['sun'], timeZone: 'Europe/Berlin', ...more })

  it('keeps its length in a night with a clock change', () => {
    const night = berlin({ from: '01:00', minutes: 120 })
    assert.equal(open(night, '2026-03-29T01:59:00Z'), true)
    assert.equal(open(night, '2026-03-29T02:00:00Z'), false)
    assert.equal(open(night, '2026-10-25T00:59:00Z'), true)
    assert.equal(open(night, '2026-10-25T01:00:00Z'), false)
  })

  it('of a whole day can end on the day after the next, where a day is short', () => {
    const long = berlin({ days: ['sat'], from: '23:30', minutes: 1440 })
    assert.equal(open(long, '2026-03-29T22:29:00Z'), true)
    assert.equal(open(long, '2026-03-29T22:30:00Z'), false)
  })

  it('opens in spring although clocks skip its time, and only once in autumn', () => {
    const half = berlin({ from: '02:30', minutes: 30 })
    assert.equal(opens(half, '2026-03-28T12:00:00Z'), '2026-03-29T01:30:00.000Z')
    assert.equal(opens(half, '2026-03-29T01:30:00Z'), '2026-04-05T00:30:00.000Z')
    assert.equal(opens(half, '2026-10-24T12:00:00Z'), '2026-10-25T00:30:00.000Z')
    assert.equal(opens(half, '2026-10-25T00:30:00Z'), '2026-11-01T01:30:00.000Z')
    assert.equal(open(half, '2026-10-25T01:30:00Z'), false)
  })

  it('opens at midnight even if clocks change at midnight', () => {
    const cairo = window({ days: ['fri'], from: '00:00', minutes: 60, timeZone: 'Africa/Cairo' })
    assert.equal(opens(cairo, '2026-04-23T12:00:00Z'), '2026-04-23T22:00:00.000Z')
    assert.equal(opens(cairo, '2026-10-29T12:00:00Z'), '2026-10-29T22:00:00.000Z')
  })

  const zones = Intl.supportedValuesOf('timeZone')
  const windows: fc.Arbitrary<Window> = fc.record({
    days: fc.subarray([...everyDay], { minLength: 1 }),
    from: fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
    minutes: fc.integer({ min: 1, max: 1440 }),
    timeZone: fc.constantFrom(...zones),
  })
  const moments = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2036-01-01T00:00:00Z') })

  /** What a clock on the wall shows, made in another way than the code does. */
  const wall = (zone: string, moment: number) => {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      ...({ weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const),
    })
    return format.format(moment).toLowerCase()
  }

  const offsetOf = (zone: string, moment: number) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'longOffset' })
      .formatToParts(moment)
      .find(({ type }) => type === 'timeZoneName')?.value

  it('opens within a week, on one of its days at its time, and is open from then for its minutes', () => {
    fc.assert(
      fc.property(windows, moments, (of, moment) => {
        const start = nextOpening(of, undefined, moment)
        assert.ok(start !== undefined && start > moment)
        assert.ok(start - moment <= (7 * 24 + 2) * 3_600_000)
        const shown = wall(of.timeZone ?? '', start)
        const [day = '', time = ''] = shown.split(/,? /)
        // Clocks were not set on that day.
        const offsets = [start - 86_400_000, start].map((one) => offsetOf(of.timeZone ?? '', one))
        if (offsets[0] === offsets[1]) {
          assert.equal(time, of.from)
          assert.ok(of.days.some((name) => name === day))
        }
        assert.equal(isOpenAt(of, undefined, start), true)
        assert.equal(isOpenAt(of, undefined, start + of.minutes * 60_000 - 1), true)
      }),
    )
  })

  it('is open at a moment exactly if an opening is less than its minutes ago', () => {
    fc.assert(
      fc.property(windows, moments, (of, moment) => {
        const since = moment - of.minutes * 60_000
        const start = nextOpening(of, undefined, since)
        assert.equal(isOpenAt(of, undefined, moment), start !== undefined && start <= moment)
      }),
    )
  })
})
