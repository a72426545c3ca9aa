import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { Pace, Phases, Retry, Window } from '../../../../lambdas/campaigns/rules/shapes.ts'
import { read } from '../../../../lambdas/http/read-input.ts'
import { none, route } from '../../../../lambdas/http/route.ts'

const settings = route({
  method: 'PUT',
  path: '/v1/settings',
  permission: 'operate',
  function: 'manage-campaigns',
  summary: 'The settings of a campaign',
  params: none,
  query: none,
  body: z.strictObject({
    phases: z.optional(Phases),
    window: z.optional(Window),
    retry: z.optional(Retry),
    pace: z.optional(Pace),
  }),
  output: none,
  success: 200,
})

/** What a caller is told, as `path message`. */
const faults = (body: unknown): string[] => {
  const outcome = read(settings, {}, JSON.stringify(body))
  if (outcome.ok) return []
  const { errors } = z
    .object({ errors: z.array(z.object({ path: z.string(), message: z.string() })) })
    .parse(outcome.problem.body)
  return errors.map(({ path, message }) => `${path} ${message}`)
}

const gate = { confirmedPercent: 95, failedAtMostPercent: 2, withinSeconds: 86_400 }
const phase = (more: object = {}) => ({
  name: 'all',
  take: { percent: 100 },
  together: 50,
  gate,
  next: 'auto',
  ...more,
})
const phases = (...takes: object[]) => ({
  phases: takes.map((take, n) => phase({ name: `phase ${n}`, take })),
})

describe('the phases that a caller gives', () => {
  it('may take shares, numbers and labels', () => {
    const takes = [{ labels: { ring: '0' } }, { devices: 10 }, { percent: 33.33 }, { percent: 66.67 }]
    assert.deepEqual(faults(phases(...takes)), [])
  })

  it('may not be more than a hundred percent together', () => {
    assert.deepEqual(faults(phases({ percent: 60 }, { percent: 30 }, { percent: 20.5 })), [
      'phases[2].take.percent brings the sum to 110.5 percent, but 100 are all',
    ])
  })

  it('may not leave one of them without devices', () => {
    const message = 'leaves this phase no device: those before it take them all'
    assert.deepEqual(faults(phases({ percent: 99.9 }, { percent: 0.1 }, { devices: 1 })), [
      `phases[2].take ${message}`,
    ])
    assert.deepEqual(faults(phases({ percent: 100 }, { labels: { ring: '0' } })), [
      `phases[1].take ${message}`,
    ])
    assert.deepEqual(faults(phases({ labels: { ring: '0' } }, { labels: { ring: '0', site: 'lab' } })), [
      `phases[1].take ${message}`,
    ])
    assert.deepEqual(faults(phases({ labels: { ring: '0', site: 'lab' } }, { labels: { ring: '0' } })), [])
  })

  it('have a name each, and are one to twenty', () => {
    assert.deepEqual(faults({ phases: [phase({ take: { devices: 1 } }), phase()] }), [
      'phases[1].name is the name of another phase',
    ])
    assert.deepEqual(faults({ phases: [] }), ['phases must have a phase'])
    assert.deepEqual(faults(phases(...Array.from({ length: 21 }, () => ({ devices: 1 })))), [
      'phases must be 20 phases at most',
    ])
  })

  for (const [path, message, more] of [
    ['take.percent', 'must be from 0.01 to 100', { take: { percent: 100.5 } }],
    ['take.percent', 'must be from 0.01 to 100', { take: { percent: 0 } }],
    ['take.percent', 'must have two decimals at most', { take: { percent: 0.015 } }],
    ['take.devices', 'must be a whole number from 1 to 1000000', { take: { devices: 0 } }],
    ['take.devices', 'must be a whole number from 1 to 1000000', { take: { devices: 1.5 } }],
    ['take.devices', 'is not a field of this request', { take: { percent: 5, devices: 5 } }],
    ['take.labels', 'names no label', { take: { labels: {} } }],
    [
      'take.labels.a:b',
      'must be named with 1 to 64 of A-Z a-z 0-9 _ . -',
      { take: { labels: { 'a:b': 'c' } } },
    ],
    [
      'take.labels.ring',
      'must be 1 to 64 visible characters, without blanks around them',
      { take: { labels: { ring: ' 0' } } },
    ],
    ['together', 'must be a whole number from 1 to 1000', { together: 1001 }],
    ['gate.confirmedPercent', 'must be from 0.01 to 100', { gate: { ...gate, confirmedPercent: 0 } }],
    ['gate.failedAtMostPercent', 'must be from 0 to 100', { gate: { ...gate, failedAtMostPercent: -1 } }],
    [
      'gate.withinSeconds',
      'must be a whole number from 60 to 2592000',
      { gate: { ...gate, withinSeconds: 59 } },
    ],
    ['next', 'must be auto or approval', { next: 'later' }],
  ] as const)
    it(`are refused where ${path} ${message}: ${JSON.stringify(more)}`, () => {
      assert.deepEqual(faults({ phases: [phase(more)] }), [`phases[0].${path} ${message}`])
    })
})

describe('the window that a caller gives', () => {
  const window = { days: ['mon', 'sun'], from: '23:30', minutes: 1440 }

  it('may be in any zone that there is, under any of its names', () => {
    for (const timeZone of ['Europe/Berlin', 'Asia/Kolkata', 'UTC', 'America/Argentina/Buenos_Aires'])
      assert.deepEqual(faults({ window: { ...window, timeZone } }), [])
    assert.deepEqual(faults({ window }), [])
  })

  for (const [path, message, more] of [
    ['days', 'must have a day, or the window never opens', { days: [] }],
    ['days', 'must name each day once', { days: ['mon', 'mon'] }],
    ['days[0]', 'must be one of mon, tue, wed, thu, fri, sat, sun', { days: ['Monday'] }],
    ['from', 'must be a time of day like 01:30', { from: '24:00' }],
    ['from', 'must be a time of day like 01:30', { from: '1:30' }],
    ['minutes', 'must be 1 at least, or the window never opens', { minutes: 0 }],
    ['minutes', 'must be 1440 at most, which is a day', { minutes: 1441 }],
    ['minutes', 'must be a whole number from 1 to 1440', { minutes: 0.5 }],
    ['timeZone', 'must be a time zone like Europe/Berlin', { timeZone: 'Mars/Olympus' }],
    ['timeZone', 'must be a time zone like Europe/Berlin', { timeZone: '+01:00' }],
    ['timeZone', 'must be a time zone like Europe/Berlin', { timeZone: '' }],
  ] as const)
    it(`is refused where ${path} ${message}: ${JSON.stringify(more)}`, () => {
      assert.deepEqual(faults({ window: { ...window, ...more } }), [`window.${path} ${message}`])
    })
})

describe('pace and tries that a caller gives', () => {
  it('have bounds', () => {
    assert.deepEqual(
      faults({ pace: { perMinute: 60 }, retry: { times: 3, afterSeconds: 1800, codes: [1, 6] } }),
      [],
    )
    assert.deepEqual(faults({ pace: { perMinute: 0 }, retry: { times: 11, afterSeconds: 59, codes: [0] } }), [
      'retry.times must be a whole number from 1 to 10',
      'retry.afterSeconds must be a whole number from 60 to 604800',
      'retry.codes[0] must be a whole number from 1 to 2147483647',
      'pace.perMinute must be a whole number from 1 to 10000',
    ])
    assert.deepEqual(faults({ retry: { times: 1, afterSeconds: 60, codes: [] } }), [
      'retry.codes must have a code; without `codes` all that may succeed later are tried again',
    ])
  })
})
