import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { merge, type PresenceRegisters } from '../../../lambdas/presence/registers.ts'
import { aircraftOf, firmwareOf, type Known, modeOf, standingOf } from '../../../lambdas/presence/state.ts'
import { anyOrder, histories, type LifecycleEvent, seconds } from './histories.ts'

const factOf = ({ kind, ...event }: LifecycleEvent): PresenceRegisters => ({ [kind]: event })
const event = (kind: LifecycleEvent['kind'], version: number, second: number): PresenceRegisters =>
  factOf({ kind, version, at: seconds(second), heardAt: seconds(second) })
const relayed = (second: number, online: boolean, more: object = {}): PresenceRegisters => ({
  relay: {
    order: `${seconds(second)}`,
    heardAt: seconds(second),
    online,
    aircraft: [],
    firmware: {},
    ...more,
  },
})
const all = (...facts: PresenceRegisters[]): Known => ({ registers: facts.reduce(merge, {}) })
const stands = (known: Known, second: number): string => {
  const standing = standingOf(known, seconds(second))
  return standing.state === 'unknown'
    ? 'unknown'
    : `${standing.state} since ${(standing.since - seconds(0)) / 1000} by ${standing.source}`
}
const hours = (n: number): number => n * 3600

suite('The state of a dock with a connection of its own', () => {
  test('is that of its last connection, in whatever order and however often the events come', () =>
    fc.assert(
      fc.property(
        histories.chain((history) => anyOrder(history.events).map((events) => ({ ...history, events }))),
        ({ events, stillThere, end }) => {
          const known = all(...events.map(factOf))
          assert.equal(standingOf(known, end).state, stillThere ? 'online' : 'offline')
        },
      ),
      { numRuns: 500 },
    ))

  test('is online from its connection on, for days', () => {
    const known = all(event('connected', 3, 0))
    assert.equal(stands(known, 0), 'online since 0 by connection')
    assert.equal(stands(known, hours(100)), 'online since 0 by connection')
  })

  test('is offline a minute after its end, since its end', () => {
    const known = all(event('connected', 3, 0), event('disconnected', 3, 100))
    assert.equal(stands(known, 159), 'online since 0 by connection')
    assert.equal(stands(known, 160), 'offline since 100 by connection')
  })

  test('is not affected by a gap of less than a minute', () => {
    const gone = [event('connected', 3, 0), event('disconnected', 3, 100)]
    for (let second = 100; second < 159; second++) assert.match(stands(all(...gone), second), /^online/)
    assert.match(stands(all(...gone, event('connected', 4, 159)), 300), /^online/)
  })

  test('is online when another connection took over, whose clock is behind', () => {
    const known = all(event('connected', 3, 0), event('connected', 4, 100), event('disconnected', 3, 190))
    assert.equal(stands(known, 1000), 'online since 100 by connection')
  })

  test('is online when it comes back after an hour, with a version that restarts', () => {
    const known = all(event('connected', 9, 0), event('disconnected', 9, 10), event('connected', 0, hours(2)))
    assert.equal(stands(known, hours(3)), `online since ${hours(2)} by connection`)
  })
})

suite('The state of a dock behind a relay', () => {
  test('is what the relay says, for two hours', () => {
    const known = all(relayed(0, true, { since: seconds(-50) }))
    assert.equal(stands(known, hours(2) - 1), 'online since -50 by relay')
    assert.equal(stands(known, hours(2)), 'unknown')
    assert.equal(stands(all(relayed(0, false)), 1), 'offline since 0 by relay')
    assert.equal(stands(all(relayed(0, false)), hours(2)), 'unknown')
  })

  test('is the relay’s last message', () => {
    assert.match(stands(all(relayed(9, false), relayed(5, true)), 10), /^offline/)
    assert.match(stands(all(relayed(5, false), relayed(9, true)), 10), /^online/)
  })

  test('cannot have begun after it was reported', () =>
    assert.equal(stands(all(relayed(0, true, { since: seconds(999) })), 10), 'online since 0 by relay'))
})

suite('Signs of several kinds', () => {
  const left = [event('connected', 1, 0), event('disconnected', 1, 10)]

  test('show a dock that moved behind a relay', () => {
    const known = all(...left, relayed(5, true))
    assert.match(stands(known, 1000), /^online.*relay$/)
    assert.equal(stands(known, hours(3)), 'offline since 10 by connection')
    assert.equal(
      stands(all(...left, relayed(hours(1), true)), hours(9)),
      'unknown',
      'where it is now, nobody says',
    )
  })

  test('show a dock that moved from behind a relay, which keeps reporting that it is gone', () =>
    assert.match(
      stands(all(relayed(hours(1), false, { since: seconds(0) }), event('connected', 1, 30)), hours(1) + 1),
      /^online since 30 by connection$/,
    ))

  test('show a connection whose end was never reported', () =>
    assert.match(
      stands(all(event('connected', 1, 0), relayed(hours(5), false)), hours(5) + 1),
      /^offline.*relay$/,
    ))

  test('never make a dock absent that has spoken since', () => {
    for (const sign of [
      { topology: { at: seconds(hours(1)), aircraft: [] } },
      { answeredAt: seconds(hours(1)) },
    ])
      assert.equal(stands({ ...all(...left), ...sign }, hours(2)), 'unknown')
    const firmware = { order: '1', heardAt: seconds(hours(1)), version: '1' }
    assert.equal(stands(all(...left, { firmware }), hours(2)), 'unknown')
    assert.match(
      stands({ ...all(...left), answeredAt: seconds(12) }, hours(2)),
      /^offline/,
      'it was on its way',
    )
  })

  test('make a topology alone valid for two minutes', () => {
    const known: Known = { registers: {}, topology: { at: seconds(0), aircraft: [] } }
    assert.equal(stands(known, 119), 'online since 0 by topology')
    assert.equal(stands(known, 120), 'unknown')
  })

  test('do not include a last will, which a broker publishes when the dock is gone', () => {
    const topology = { at: seconds(hours(1)), aircraft: [], asksNothing: true }
    assert.equal(stands({ registers: {}, topology }, hours(1) + 1), 'unknown')
    assert.match(stands({ ...all(...left), topology }, hours(2)), /^offline/, 'nor does it bring it back')
  })

  test('are none: the state is unknown', () => assert.equal(stands(all(), 0), 'unknown'))
})

suite('The aircraft that a dock speaks for', () => {
  const topology = { at: seconds(10), aircraft: [{ sn: 'AIR1', model: '0-100-0' }] }

  test('is in its topology, and on while the dock is online', () => {
    const known = { ...all(event('connected', 1, 0)), topology }
    assert.deepEqual(aircraftOf(known, seconds(99)), [{ sn: 'AIR1', model: '0-100-0', on: true }])
    const gone = { ...all(event('connected', 1, 0), event('disconnected', 1, 20)), topology }
    assert.deepEqual(aircraftOf(gone, seconds(99)), [{ sn: 'AIR1', model: '0-100-0', on: undefined }])
  })

  test('is on if the newer of topology and relay says so', () => {
    const off = { ...all(relayed(20, true)), topology }
    assert.deepEqual(aircraftOf(off, seconds(30)), [{ sn: 'AIR1', model: '0-100-0', on: false }])
    const on = { ...all(relayed(5, true, { aircraft: ['AIR2'] })), topology }
    assert.deepEqual(
      aircraftOf(on, seconds(30))?.map((one) => [one.sn, one.on]),
      [
        ['AIR1', true],
        ['AIR2', false],
      ],
    )
  })

  test('is off if the newest topology does not have it', () => {
    const known = { ...all(event('connected', 1, 0)), topology: { at: seconds(10), aircraft: [] } }
    assert.deepEqual(aircraftOf(known, seconds(99), ['AIR1']), [{ sn: 'AIR1', model: undefined, on: false }])
  })

  test('is not known without either', () =>
    assert.equal(aircraftOf(all(event('connected', 1, 0)), 0), undefined))

  test('runs the version last reported by itself or the relay', () => {
    const known = all(relayed(10, true, { firmware: { DOCK: '1', AIR1: '1', AIR2: '1' } }))
    const said = (second: number) => ({ firmware: { order: '', heardAt: seconds(second), version: '2' } })
    assert.deepEqual(firmwareOf(known, { DOCK: said(9), AIR1: said(11), AIR3: said(1), AIR4: {} }), {
      DOCK: '1',
      AIR1: '2',
      AIR2: '1',
      AIR3: '2',
    })
    assert.equal(firmwareOf(all(), {}), undefined)
  })

  test('has the mode of the relay’s message, while that is valid', () => {
    const known = all(relayed(0, true, { mode: 'working' }))
    assert.deepEqual([modeOf(known, seconds(1)), modeOf(known, seconds(hours(2)))], ['working', undefined])
  })
})
