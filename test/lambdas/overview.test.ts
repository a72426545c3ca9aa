import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { Overview } from '../../lambdas/overview/shapes.ts'
import { presenceStore } from '../../lambdas/presence/store.ts'
import { wireApi } from '../support/api.ts'
import { openTable } from '../support/table.ts'
import { fault, versions, wireUpgrades } from '../support/upgrades.ts'
import { jobEnded, opened, registersOf, seconds } from '../support/upload-facts.ts'

const day = 86_400_000

/** What the start page counts, of what the real stores wrote. */
describe('the overview', () => {
  const world = openTable()
  const api = wireApi(world.table)
  before(async () => {
    const upgrades = wireUpgrades(world.table)
    const upload = async (dockSn: string) => {
      const body = { selections: [{ module: 'dock', bootIndexes: [1] }] }
      const { text } = await api.call('startUpload', { params: { dockSn }, body })
      return String(JSON.parse(text).id)
    }
    for (const [dockSn, fleet] of [
      ['NORTH1', 'north'],
      ['NORTH2', 'north'],
      ['SOUTH1', 'south'],
    ] as const)
      await api.listedDock(dockSn, fleet)
    // Two days ago one failed, today one did, and one runs.
    const failed = registersOf(jobEnded(seconds(5), 'failed', 324018))
    await api.hot.record('NORTH1', await upload('NORTH1'), failed)
    await upload('NORTH2')
    api.clock.now = opened + 2 * day
    await api.sweep()
    const id = await upload('SOUTH1')
    await api.hot.record('SOUTH1', id, registersOf(jobEnded(2 * day + seconds(5), 'failed', 324018)))
    await upload('NORTH1')
    const gone = { version: 1, at: opened + day, heardAt: opened + day }
    await presenceStore(world.table).record('NORTH2', { disconnected: gone }, opened + 2 * day)
    upgrades.clock.now = opened + 2 * day
    const [done, broken, open] = ['a', 'b', 'c'].map((name) => upgrades.device(name))
    assert(done && broken && open)
    for (const device of [done, broken, open]) {
      await device.register({ fleet: 'north' })
      await device.open('v2')
    }
    const at = (upgrades.clock.now - 1_800_000_000_000) / 1000
    await done.say(at + 1, versions('v2'))
    // Said again, it is no other end.
    await done.say(at + 2, versions('v2'))
    await broken.say(at + 1, fault(7))
    api.clock.now = opened + 2 * day + seconds(60)
  })

  const look = async (query = {}, claims = {}) => {
    const answer = await api.call('getOverview', { query, ...claims })
    assert.equal(answer.status, 200, answer.text)
    return Overview.parse(answer.body)
  }

  it('counts what runs, what failed of late, and who is offline', async () => {
    const { docks, uploads, upgrades, campaigns, complete } = await look()
    assert.deepEqual(docks, { registered: 3, offline: 1 })
    assert.deepEqual(uploads, { running: 1, succeeded: 0, unsuccessful: 1, timedOut: 0 })
    assert.deepEqual(upgrades, { running: 1, unsuccessful: 1, timedOut: 0 })
    assert.deepEqual(campaigns, { running: 0, awaitingApproval: [], stopped: [] })
    assert.ok(complete)
  })

  it('has seven days, each with what was started and what ended on it', async () => {
    const { days } = await look()
    assert.equal(days.length, 7)
    const busy = days.filter(({ uploads, upgrades }) =>
      [uploads, upgrades].some((ends) => ends.succeeded + ends.unsuccessful > 0),
    )
    const none = { succeeded: 0, unsuccessful: 0 }
    assert.deepEqual(
      busy.map(({ uploads }) => uploads),
      [
        { succeeded: 0, unsuccessful: 2 },
        { succeeded: 0, unsuccessful: 1 },
      ],
    )
    assert.deepEqual(
      busy.map(({ upgrades }) => upgrades),
      [none, { succeeded: 1, unsuccessful: 1 }],
    )
  })

  it('tells nothing of other fleets', async () => {
    const south = { claims: { sub: 'south', scope: 'groundcrew/read@south' } }
    const { docks, uploads, upgrades, days } = await look({}, south)
    assert.deepEqual(docks, { registered: 1, offline: 0 })
    assert.deepEqual(uploads, { running: 0, succeeded: 0, unsuccessful: 1, timedOut: 0 })
    assert.deepEqual(upgrades, { running: 0, unsuccessful: 0, timedOut: 0 })
    assert.ok(days.every((one) => one.upgrades.succeeded + one.upgrades.unsuccessful === 0))
    assert.deepEqual((await look({ fleet: 'north' }, south)).docks, { registered: 0, offline: 0 })
    assert.deepEqual((await look({ fleet: 'north' })).docks, { registered: 2, offline: 1 })
  })
})
