import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { UpgradeAttempt } from '../../../lambdas/upgrades/shapes.ts'
import {
  inShort,
  once,
  publishedEvents,
  type Recorded,
  recordedChanges,
} from '../../support/recorded-changes.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'
import { fault, progress, type Service, start, versions, wireUpgrades } from '../../support/upgrades.ts'

const Attempt = z.looseObject({ attemptId: z.string(), state: z.string().optional() })

/** The states of attempts, in the order in which they were projected: one moves to an item of its own. */
const historyOf = (changes: readonly Recorded[]): string[] => {
  const known = new Map<string, string>()
  const history: string[] = []
  // Both items of a transaction are written at once: the events are those of the hot one.
  const seen = ({ after }: Recorded) => {
    const { attemptId, state = 'pending' } = Attempt.parse(after)
    const earlier = known.get(attemptId)
    if (earlier === state) return
    known.set(attemptId, state)
    history.push(`${attemptId} ${state}${earlier ? ` after ${earlier}` : ''}`)
  }
  for (const change of changes)
    if (Attempt.safeParse(change.after).success && /^(DEVICE|ATTEMPT#.*)$/.test(change.key.sk)) seen(change)
  return history
}

suite('An event of an attempt', () => {
  const world = openTable()

  const begin = () => {
    const clock = { now: () => start }
    const recorded = recordedChanges(world.table, () => clock.now())
    const upgrades = wireUpgrades(recorded.table)
    clock.now = () => upgrades.clock.now
    return {
      upgrades,
      recorded,
      published: async () => once(await publishedEvents(world.table, recorded.records)),
    }
  }

  test('has its state and evidence, with the attempt as the API shows it', async () => {
    const { upgrades, published } = begin()
    const device = upgrades.device()
    await device.say(0, versions('v1'))
    const { id } = await device.open()
    await device.say(1, progress(10))
    await device.say(2, progress(60))
    await device.say(3, progress(100, 'v2'))
    await device.say(4, versions('v2'))
    const all = await published()
    assert.deepEqual(all.map(inShort), [
      'upgrade.pending',
      'upgrade.upgrading after pending',
      'upgrade.matched after upgrading',
      'upgrade.confirmed after upgrading',
      'upgrade.succeeded after upgrading',
    ])
    for (const { subject, fleet, data } of all) {
      assert.deepEqual([subject, fleet], [`devices/${device.deviceId}/upgrade-attempts/${id}`, 'default'])
      UpgradeAttempt.parse(data.record)
    }
  })

  test('for the closing of one attempt comes before those of the next', async () => {
    const { upgrades, published } = begin()
    const device = upgrades.device()
    const first = await device.open()
    const second = await device.open('v3', { replace: true })
    const all = await published()
    assert.deepEqual(
      all.map((one) => [inShort(one), one.data.record.id]),
      [
        ['upgrade.pending', first.id],
        ['upgrade.closed after pending', first.id],
        ['upgrade.pending', second.id],
      ],
    )
  })

  test('is published for each offer of a package', async () => {
    const { upgrades, published } = begin()
    await upgrades.pack('published-offer')
    const device = upgrades.device()
    await device.say(0, versions('v1'))
    upgrades.clock.now += 1_000
    await upgrades.must(202, 'openUpgradeAttempt', {
      params: { deviceId: device.deviceId },
      body: { packageId: 'published-offer' },
    })
    await device.say(2, versions('v1'))
    const types = (await published()).map(inShort)
    assert.ok(types.includes('upgrade.offered after pending'), types.join(', '))
    assert.ok(types.includes('package.proved'), types.join(', '))
  })

  test('is not published for upgrades that nobody requested', async () => {
    const { upgrades, published } = begin()
    await upgrades.device().say(1, progress(10, 'v9'), progress(100, 'v9'))
    assert.deepEqual(await published(), [])
  })

  const services: fc.Arbitrary<Service> = fc.constantFrom(
    progress(10),
    progress(100, 'v2'),
    progress(100, 'v3'),
    fault(3),
    versions('v1'),
    versions('v2'),
  )
  const happening = fc.oneof(
    { weight: 6, arbitrary: fc.record({ say: services, late: fc.constantFrom(0, 0, 50) }) },
    { weight: 2, arbitrary: fc.record({ open: fc.constantFrom('v2', 'v3') }) },
    { weight: 1, arbitrary: fc.constant({ close: true }) },
    { weight: 3, arbitrary: fc.record({ pass: fc.constantFrom(5, 100, 1_000, 100_000) }) },
  )

  test('follows the history of the projected states, whatever devices report and people do', () =>
    fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (happenings) => {
        const { upgrades, recorded, published } = begin()
        const device = upgrades.device()
        let seconds = 1
        let id = ''
        for (const one of happenings) {
          seconds += 1
          upgrades.clock.now = Math.max(upgrades.clock.now, start + seconds * 1000)
          if ('say' in one) await device.say(Math.max(0, seconds - one.late), one.say)
          if ('open' in one) {
            const opened = await device.tryOpen(one.open, { replace: true })
            id = UpgradeAttempt.safeParse(opened.body).data?.id ?? id
          }
          if ('close' in one && id) await device.close(id)
          if ('pass' in one) {
            seconds += one.pass
            await upgrades.conclude(seconds)
            seconds += 60
          }
        }
        const states = (await published())
          .filter(({ subject }) => subject.startsWith(`devices/${device.deviceId}/`))
          .filter(({ type }) => !/\.(offered|matched|confirmed)\.v1$/.test(type))
          .map(({ data: { record, previous } }) =>
            [record.id, record.state, ...(previous?.state ? ['after', previous.state] : [])].join(' '),
          )
        const own = recorded.changes.filter(({ key }) => key.pk === `DEVICE#${device.deviceId}`)
        // Of two that are written at once either may stand first.
        assert.deepEqual(states.toSorted(), historyOf(own).toSorted())
      }),
      rounds(60),
    ))
})
