import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { offerGuard } from '../../../lambdas/campaigns/rollout/offering.ts'
import { rolloutRows } from '../../../lambdas/campaigns/rollout/rows.ts'
import {
  CampaignCurve,
  CampaignDryRun,
  CampaignHistoryEntry,
  Campaign as CampaignShape,
} from '../../../lambdas/campaigns/shapes.ts'
import { page } from '../../../lambdas/http/shapes.ts'
import { Overview } from '../../../lambdas/overview/shapes.ts'
import { putPackage } from '../../../lambdas/packages/put.ts'
import { presenceStore } from '../../../lambdas/presence/store.ts'
import { dockStore } from '../../../lambdas/registry/store.ts'
import { factsOfOffer } from '../../../lambdas/upgrades/facts.ts'
import { UpgradeAttempt } from '../../../lambdas/upgrades/shapes.ts'
import { callerWith, fails, runs, someIds, start, wireCampaigns } from '../../support/campaigns.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'

const minute = 60_000
const day = 86_400_000

/** A phase that all is well with. */
const phase = (name: string, more: object = {}) => ({
  name,
  take: { percent: 50 },
  together: 10,
  gate: { confirmedPercent: 80, failedAtMostPercent: 20, withinSeconds: 86_400 },
  next: 'auto',
  ...more,
})

suite('A driving campaign', () => {
  let world = openTable()
  beforeEach(() => {
    world = openTable()
  })

  let made = 0
  /** A campaign with its package, whose clock runs by whole minutes. */
  const make = async (settings: object = {}, pkg: object = {}) => {
    const id = `driven-${++made}`
    const clock = { now: start }
    const campaigns = wireCampaigns(world.table, clock)
    await campaigns.havePackage(id, pkg)
    const params = { id }
    const look = async () => CampaignShape.parse(await campaigns.done('getCampaign', { params }))
    const ask = (
      route: 'startCampaign' | 'pauseCampaign' | 'resumeCampaign' | 'abortCampaign' | 'approveCampaign',
      more: object = {},
    ) => campaigns.call(route, { params, ...more })
    return {
      ...campaigns,
      id,
      ids: (count: number) => someIds(count, id),
      put: (more: object = {}, claims?: Parameters<typeof campaigns.put>[2]) =>
        campaigns.call('putCampaign', {
          params,
          body: { name: 'Spring', packageId: id, timeoutSeconds: 3600, ...settings, ...more },
          ...(claims ? { claims } : {}),
        }),
      ask,
      /** A minute passes, and the clock looks after campaigns. */
      tick: async (times = 1) => {
        for (let n = 0; n < times; n++) {
          clock.now += minute
          await campaigns.sweep()
        }
      },
      look,
      inShort: async () => {
        const { state, waitingFor, phases = [] } = await look()
        return `${state} ${waitingFor}: ${phases
          .map(
            (one) => `${one.name} ${one.state} ${one.released}/${one.size} c${one.confirmed} f${one.failed}`,
          )
          .join(', ')}`
      },
      history: async () => {
        const answer = await campaigns.done('listCampaignHistory', { params })
        return page(CampaignHistoryEntry).parse(answer).items.toReversed()
      },
      /** Devices that have an open attempt in it. */
      atWork: async () => {
        const answer = await campaigns.done('listCampaignDevices', { params, query: { limit: '200' } })
        return page(UpgradeAttempt)
          .parse(answer)
          .items.filter(({ state }) => state === 'pending' || state === 'upgrading')
          .map(({ deviceId }) => deviceId)
      },
    }
  }
  type Made = Awaited<ReturnType<typeof make>>

  /** Why it stopped, as the start page says it. */
  const stoppedOnStartPage = async ({ id, done }: Made) =>
    Overview.parse(await done('getOverview', {})).campaigns.stopped.find((one) => one.id === id)?.reason

  const problemOf = async (answer: ReturnType<Made['call']>) => {
    const { status, problem } = await answer
    return `${status} ${problem?.name}`
  }

  /** All that are at work say that they run the target. */
  const confirmAll = async (made: Made, but: readonly string[] = []) => {
    for (const deviceId of await made.atWork())
      if (!but.includes(deviceId)) await made.say(deviceId, runs('2.0'))
  }

  /** A device is offered its package, as it is when it is heard. */
  const offer = async (made: Made, deviceId: string) => {
    const device = await made.upgrades.get(deviceId)
    assert.ok(device?.attempt)
    await made.upgrades.note(device, factsOfOffer(1, made.clock.now, device.attempt.id))
    made.clock.now += 1
  }
  const offeredAndFails = async (made: Made, deviceId: string, code: number) => {
    await offer(made, deviceId)
    await made.say(deviceId, fails(code))
  }

  const begin = async (made: Made, count: number) => {
    const put = await made.put()
    assert.equal(put.status, 200, put.text)
    const outcomes = await made.add(made.id, made.ids(count))
    assert.deepEqual([...new Set(outcomes.map((one) => one.split(' ')[1]))], ['chosen'])
    const started = await made.ask('startCampaign')
    assert.equal(started.status, 200, started.text)
    await made.tick(2)
  }

  test('goes from phase to phase as its devices are confirmed, and ends', async () => {
    const made = await make({
      phases: [
        phase('first', { take: { devices: 4 }, together: 3 }),
        phase('rest', { take: { percent: 100 } }),
      ],
    })
    await begin(made, 10)
    assert.equal(await made.inShort(), 'running devices: first open 3/4 c0 f0, rest waiting 0/6 c0 f0')
    await confirmAll(made)
    await made.tick()
    assert.equal(await made.inShort(), 'running devices: first open 4/4 c3 f0, rest waiting 0/6 c0 f0')
    await confirmAll(made)
    await made.tick(2)
    assert.equal(await made.inShort(), 'running devices: first passed 4/4 c4 f0, rest open 6/6 c0 f0')
    await confirmAll(made)
    await made.tick(2)
    assert.equal(await made.inShort(), 'finished nothing: first passed 4/4 c4 f0, rest done 6/6 c6 f0')
    assert.deepEqual(
      (await made.history()).map(({ event, by, phase }) => `${event} ${by} ${phase ?? ''}`.trim()),
      [
        'start machine-1 first',
        'prepared groundcrew',
        'gatePassed groundcrew first',
        'lastPhaseDone groundcrew rest',
      ],
    )
    const curve = CampaignCurve.parse(await made.done('getCampaignCurve', { params: { id: made.id } }))
    assert.equal(curve.points.at(-1)?.confirmed, 10)
  })

  test('never has more devices in progress than allowed, and those that ended free their place', async () => {
    const made = await make({
      phases: [phase('all', { take: { percent: 100 }, together: 2 })],
      timeoutSeconds: 60,
    })
    await begin(made, 6)
    const [first = '', second = ''] = await made.atWork()
    await made.tick()
    assert.deepEqual(await made.atWork(), [first, second])
    await made.say(first, runs('2.0'))
    await made.tick()
    const after = await made.atWork()
    assert.equal(after.length, 2)
    assert.ok(!after.includes(first) && after.includes(second))
  })

  test('retries nothing while devices of an earlier phase use more places than the open phase has', async () => {
    const made = await make({
      retry: { times: 1, afterSeconds: 60 },
      phases: [
        phase('first', {
          take: { devices: 9 },
          gate: { confirmedPercent: 40, failedAtMostPercent: 60, withinSeconds: 86_400 },
        }),
        phase('rest', { take: { percent: 100 }, together: 1 }),
      ],
    })
    await begin(made, 10)
    const ids = await made.atWork()
    for (const deviceId of ids.slice(0, 3)) await offeredAndFails(made, deviceId, 2)
    for (const deviceId of ids.slice(3, 7)) await made.say(deviceId, runs('2.0'))
    await made.tick(4)
    assert.match(await made.inShort(), /first passed .* rest open/)
    assert.deepEqual((await made.atWork()).toSorted(), ids.slice(7).toSorted())
  })

  test('offers nothing to a device that returns after its timeout: another has its place', async () => {
    const made = await make({
      phases: [
        phase('all', {
          take: { percent: 100 },
          together: 1,
          gate: { confirmedPercent: 50, failedAtMostPercent: 50, withinSeconds: 86_400 },
        }),
      ],
      timeoutSeconds: 600,
    })
    await begin(made, 2)
    const [silent = ''] = await made.atWork()
    const mayBeOffered = (deviceId: string) =>
      offerGuard(world.table)({ campaignId: made.id, deviceId }, made.clock.now)
    assert.equal(await mayBeOffered(silent), 'yes')
    made.clock.now += 600_000
    await made.concludeDevices()
    await made.tick()
    const [next = ''] = (await made.atWork()).filter((deviceId) => deviceId !== silent)
    await made.say(silent, runs('1.0'))
    assert.equal(await mayBeOffered(silent), 'ended')
    assert.equal(await mayBeOffered(next), 'yes')
  })

  test('stops if more fail than its gate allows, and makes no more offers', async () => {
    const made = await make({
      phases: [phase('first', { take: { devices: 5 } }), phase('rest', { take: { percent: 100 } })],
    })
    await begin(made, 10)
    for (const deviceId of (await made.atWork()).slice(0, 2)) await offeredAndFails(made, deviceId, 10)
    await made.tick(2)
    assert.equal(await made.inShort(), 'stopped nothing: first notPassed 5/5 c0 f2, rest waiting 0/5 c0 f0')
    const { stopped } = await made.look()
    assert.equal(stopped, 'failures')
    assert.equal(await stoppedOnStartPage(made), 'failures')
    const { reason, numbers } = (await made.history()).at(-1) ?? {}
    assert.equal(reason, 'failures')
    assert.deepEqual(numbers, { size: 5, confirmed: 0, failed: 2, ended: 2, skipped: 0, open: 3, retries: 0 })
    const resumed = await made.ask('resumeCampaign')
    assert.deepEqual([resumed.status, resumed.problem?.name], [409, 'wrong-campaign-state'])
    made.clock.now += 30 * day
    assert.equal(await stoppedOnStartPage(made), 'failures')
    await made.ask('abortCampaign')
    assert.equal(await stoppedOnStartPage(made), undefined)
  })

  test('is on the start page for seven days if its threshold has aborted it', async () => {
    const made = await make({
      phases: [phase('all', { take: { percent: 100 } })],
      abort: { failedPercent: 50, minimumFinished: 1 },
    })
    await begin(made, 4)
    for (const deviceId of (await made.atWork()).slice(0, 1)) await offeredAndFails(made, deviceId, 10)
    await made.tick()
    assert.equal((await made.look()).aborted?.reason, 'threshold')
    made.clock.now += 6 * day
    assert.equal(await stoppedOnStartPage(made), 'threshold')
    made.clock.now += day
    assert.equal(await stoppedOnStartPage(made), undefined)
  })

  test('stops when none is left that could be confirmed, and when its time is over', async () => {
    const gate = { confirmedPercent: 100, failedAtMostPercent: 100, withinSeconds: 600 }
    const phases = [phase('first', { take: { devices: 2 }, gate }), phase('rest', { take: { percent: 100 } })]
    const exhausted = await make({ phases })
    await begin(exhausted, 4)
    for (const deviceId of await exhausted.atWork()) await offeredAndFails(exhausted, deviceId, 10)
    await exhausted.tick(2)
    assert.equal((await exhausted.look()).stopped, 'exhausted')
    const late = await make({ phases })
    await begin(late, 4)
    await late.tick(11)
    assert.equal((await late.look()).stopped, 'late')
  })

  test('is not finished if its last phase did not pass its gate', async () => {
    const made = await make({
      phases: [
        phase('all', {
          take: { percent: 100 },
          gate: { confirmedPercent: 90, failedAtMostPercent: 50, withinSeconds: 86_400 },
        }),
      ],
    })
    await begin(made, 4)
    const [broken = ''] = await made.atWork()
    await offeredAndFails(made, broken, 10)
    await confirmAll(made)
    await made.tick(2)
    assert.equal(await made.inShort(), 'stopped nothing: all notPassed 4/4 c3 f1')
    assert.equal((await made.look()).stopped, 'exhausted')
  })

  test('begins nothing that was released while somebody paused it', async () => {
    const made = await make({ phases: [phase('all', { take: { percent: 100 } })] })
    await made.put()
    await made.add(made.id, made.ids(3))
    await made.ask('startCampaign')
    let pauses = 0
    const interrupted = failingTable(world.table, async (call) => {
      if (/^PutCommand .*OPEN#/.test(call) && pauses++ === 0) await made.ask('pauseCampaign')
      return undefined
    })
    made.clock.now += minute
    await wireCampaigns(interrupted, made.clock).sweep()
    assert.equal(pauses, 3)
    await made.tick(2)
    assert.deepEqual(await made.atWork(), [])
    assert.equal((await made.ask('resumeCampaign')).status, 200)
    await made.tick()
    assert.equal((await made.atWork()).length, 3)
  })

  for (const [moment, call] of [
    ['has given devices their turn', /^UpdateCommand .*"rollout/],
    ['opens the first attempt', /^TransactWriteCommand .*ATTEMPT|^TransactWriteCommand .*"DEVICE#/],
  ] as const)
    test(`keeps the places of all that are at work where another run begins as it ${moment}`, async () => {
      const made = await make({ phases: [phase('all', { take: { percent: 100 }, together: 3 })] })
      await made.put()
      await made.add(made.id, made.ids(6))
      await made.ask('startCampaign')
      let runs = 0
      const overtaken = failingTable(world.table, async (command) => {
        if (call.test(command) && runs++ === 0) await made.sweep()
        return undefined
      })
      made.clock.now += minute
      await wireCampaigns(overtaken, made.clock).sweep()
      assert.ok(runs > 0)
      await made.tick()
      const atWork = await made.atWork()
      assert.equal(atWork.length, 3)
      const rows = rolloutRows(world.table, made.id)
      assert.deepEqual((await rows.opened()).map(({ deviceId }) => deviceId).toSorted(), atWork.toSorted())
      assert.deepEqual(await rows.skipped(), [])
    })

  test('goes on if somebody resumes it at the moment that the sweep ends its work on it', async () => {
    const made = await make({ phases: [phase('all', { take: { percent: 100 }, together: 2 })] })
    await begin(made, 4)
    await confirmAll(made)
    await made.ask('pauseCampaign')
    made.clock.now += 2 * minute
    let resumed = false
    const overtaken = failingTable(world.table, async (call) => {
      if (!resumed && /^UpdateCommand .*REMOVE dueKind/.test(call)) {
        resumed = true
        assert.equal((await made.ask('resumeCampaign')).status, 200)
      }
      return undefined
    })
    await wireCampaigns(overtaken, made.clock).sweep()
    assert.ok(resumed)
    await made.tick()
    assert.equal((await made.atWork()).length, 2)
  })

  test('waits for the approval of somebody who did not make it', async () => {
    const made = await make({
      phases: [
        phase('first', { take: { devices: 1 }, next: 'approval' }),
        phase('rest', { take: { percent: 100 } }),
      ],
    })
    await begin(made, 3)
    await confirmAll(made)
    await made.tick(2)
    assert.match(await made.inShort(), /^awaitingApproval approval: first awaitingApproval 1\/1 c1 f0/)
    const approve = (claims: Parameters<typeof made.put>[1], named = 'first') =>
      made.ask('approveCampaign', { body: { phase: named, comment: 'Looks well' }, claims })
    const byMaker = await made.ask('approveCampaign', { body: { phase: 'first' } })
    assert.deepEqual([byMaker.status, byMaker.problem?.name], [403, 'approval-by-maker'])
    const another = { ...callerWith('operate'), sub: 'bob', username: 'bob' }
    const wrongPhase = await approve(another, 'rest')
    assert.deepEqual([wrongPhase.status, wrongPhase.problem?.name], [409, 'wrong-campaign-state'])
    assert.equal((await approve(another)).status, 200)
    const { by, comment } = (await made.history()).at(-1) ?? {}
    assert.deepEqual([by, comment], ['bob', 'Looks well'])
    await made.tick()
    assert.match(await made.inShort(), /^running devices: first passed .*rest open 2\/2/)
  })

  test('costs nothing while it waits for an approval, and then goes on', async () => {
    const made = await make({
      phases: [
        phase('first', { take: { devices: 1 }, next: 'approval' }),
        phase('rest', { take: { percent: 100 } }),
      ],
    })
    await begin(made, 3)
    await confirmAll(made)
    await made.tick(3)
    const calls: string[] = []
    const overheard = failingTable(world.table, (call) => {
      if (call.includes(made.id)) calls.push(call)
      return undefined
    })
    made.clock.now += minute
    await wireCampaigns(overheard, made.clock).sweep()
    assert.deepEqual(calls, [])
    const claims = { ...callerWith('operate'), sub: 'bob', username: 'bob' }
    await made.ask('approveCampaign', { body: { phase: 'first' }, claims })
    await made.tick()
    assert.equal((await made.atWork()).length, 2)
  })

  test('queries the index only for phases that have opened', async () => {
    const rest = phase('rest', { take: { percent: 100 } })
    const made = await make({
      phases: [phase('first', { take: { devices: 1 } }), phase('second', { take: { devices: 1 } }), rest],
    })
    await begin(made, 3)
    const looked: string[] = []
    const overheard = failingTable(world.table, (call) => {
      const [, of] = new RegExp(`byCampaign.*"${made.id}\\.(\\d)#`).exec(call) ?? []
      if (of !== undefined) looked.push(of)
      return undefined
    })
    const line = wireCampaigns(overheard, made.clock)
    made.clock.now += minute
    await line.sweep()
    await line.look(made.id)
    assert.deepEqual([...new Set(looked)], ['0'])
  })

  test('gives no turns while it is paused, outside of its window, or faster than its pace', async () => {
    // `start` is a Friday, 08:00 UTC.
    const window = { days: ['fri'], from: '09:00', minutes: 60, timeZone: 'UTC' }
    const made = await make({
      window,
      pace: { perMinute: 2 },
      phases: [phase('all', { take: { percent: 100 } })],
    })
    await begin(made, 8)
    const { waitingFor, windowOpensAt } = await made.look()
    assert.deepEqual([waitingFor, windowOpensAt], ['window', '2027-01-15T09:00:00.000Z'])
    assert.deepEqual(await made.atWork(), [])
    made.clock.now = Date.parse('2027-01-15T08:59:00Z')
    await made.tick()
    assert.equal((await made.atWork()).length, 2)
    await made.tick()
    assert.equal((await made.atWork()).length, 4)
    assert.equal((await made.ask('pauseCampaign')).status, 200)
    await made.tick(3)
    assert.equal((await made.atWork()).length, 4)
    assert.match(await made.inShort(), /^paused resume/)
    assert.equal((await made.ask('resumeCampaign')).status, 200)
    await made.tick()
    assert.equal((await made.atWork()).length, 6)
  })

  test('retries devices whose failure may pass, and counts them as failed only when it will not', async () => {
    const made = await make({
      retry: { times: 1, afterSeconds: 120 },
      phases: [
        phase('all', {
          take: { percent: 100 },
          gate: { confirmedPercent: 100, failedAtMostPercent: 0, withinSeconds: 86_400 },
        }),
      ],
    })
    await begin(made, 3)
    const [weak = ''] = await made.atWork()
    // Code 4: the battery is too low.
    await offeredAndFails(made, weak, 4)
    await made.tick()
    assert.equal((await made.look()).state, 'running')
    assert.ok(!(await made.atWork()).includes(weak))
    await made.tick(3)
    assert.ok((await made.atWork()).includes(weak))
    assert.equal((await made.look()).state, 'running')
    await confirmAll(made)
    await made.tick(2)
    assert.equal(await made.inShort(), 'finished nothing: all done 3/3 c3 f0')
  })

  test('skips a device with an attempt outside of it, and says so', async () => {
    const made = await make({ phases: [phase('all', { take: { percent: 100 } })] })
    const [busy = ''] = made.ids(1)
    await made.call('openUpgradeAttempt', {
      params: { deviceId: busy },
      body: { package: 'firmware', targetVersion: '9' },
    })
    await begin(made, 2)
    const skipped = z
      .object({ items: z.array(z.object({ deviceId: z.string(), reason: z.string(), phase: z.string() })) })
      .parse(await made.done('listSkippedDevices', { params: { id: made.id } }))
    assert.deepEqual(skipped.items, [{ deviceId: busy, reason: 'anotherOpen', phase: 'all' }])
    await confirmAll(made)
    await made.tick(2)
    assert.match(await made.inShort(), /^finished/)
  })

  test('selects devices by model, version and label, and shows beforehand what it would do', async () => {
    const model = 'X'.repeat(100)
    const made = await make(
      {
        select: { models: [model], labels: { site: 'north' } },
        phases: [
          phase('canary', { take: { labels: { ring: 'canary' } } }),
          phase('rest', { take: { percent: 100 } }),
        ],
      },
      { from: ['1.0'], models: [model] },
    )
    const [canary = '', other = '', old = '', south = ''] = made.ids(4)
    const register = (deviceId: string, settings: object) =>
      made.done('registerDevice', { params: { deviceId }, body: settings })
    await register(canary, { model, labels: { site: 'north', ring: 'canary' } })
    await register(other, { model, labels: { site: 'north' } })
    await register(old, { model, labels: { site: 'north' } })
    await register(south, { model, labels: { site: 'south' } })
    for (const deviceId of [canary, other]) await made.say(deviceId, runs('1.0'))
    await made.say(old, runs('0.5'))
    await made.put()
    const dry = CampaignDryRun.parse(await made.done('dryRunCampaign', { params: { id: made.id } }))
    assert.deepEqual(dry, {
      takePart: 2,
      phases: [
        { name: 'canary', devices: 1 },
        { name: 'rest', devices: 1 },
      ],
      leftOut: 0,
      alreadyCurrent: 0,
      versionUnknown: 0,
      others: [{ reason: 'sourceNotAllowed', devices: 1, examples: [old] }],
      complete: true,
    })
    assert.equal((await made.ask('startCampaign')).status, 200)
    await made.tick(2)
    assert.deepEqual(await made.atWork(), [canary])
  })

  test('refuses contradictions, and changes nothing', async () => {
    const made = await make()
    assert.equal(await problemOf(made.put({ packageId: 'nothing' })), '409 package-not-ready')
    assert.equal(await problemOf(made.put({ targetVersion: '3.0' })), '422 invalid-request')
    assert.equal(
      await problemOf(
        made.put({ packageId: undefined, package: 'firmware', targetVersion: '2.0', pace: { perMinute: 1 } }),
      ),
      '422 invalid-request',
    )
    await made.put()
    assert.equal(await problemOf(made.ask('startCampaign')), '409 campaign-empty')
    assert.equal(await problemOf(made.ask('pauseCampaign')), '409 wrong-campaign-state')
    await made.add(made.id, made.ids(1))
    await made.ask('startCampaign')
    assert.equal(await problemOf(made.put()), '409 campaign-has-devices')
    assert.equal(
      await problemOf(
        made.call('addCampaignDevices', { params: { id: made.id }, body: { deviceIds: made.ids(2) } }),
      ),
      '409 campaign-started',
    )
    const watching = await made.call('putCampaign', {
      params: { id: `${made.id}-w` },
      body: { name: 'Spring', package: 'firmware', targetVersion: '2.0' },
    })
    assert.equal(watching.status, 200)
    assert.equal(
      await problemOf(made.call('startCampaign', { params: { id: `${made.id}-w` } })),
      '409 campaign-watches',
    )
  })

  test('changes the given fields while it is a draft, and its name in any state', async () => {
    const made = await make({ pace: { perMinute: 5 } })
    await made.put()
    const change = (body: object, claims?: Parameters<typeof made.put>[1]) =>
      made.call('changeCampaign', { params: { id: made.id }, body, ...(claims ? { claims } : {}) })
    const before = await made.look()
    const window = { days: ['mon' as const], from: '01:30', minutes: 60 }
    await change({ window, select: { models: ['X1'] } })
    assert.deepEqual(await made.look(), { ...before, window, select: { models: ['X1'] } })
    await change({ window: null, pace: null, select: null })
    const { pace: _, ...bare } = before
    assert.deepEqual(await made.look(), bare)
    assert.equal(await problemOf(change({ packageId: 'nothing' })), '409 package-not-ready')
    assert.equal(await problemOf(change({ targetVersion: '3.0' })), '422 invalid-request')
    assert.equal(await problemOf(change({ packageId: null })), '422 invalid-request')
    assert.deepEqual(await made.look(), bare)
    await made.add(made.id, made.ids(1))
    await made.ask('startCampaign')
    assert.equal((await change({ name: 'Summer' })).status, 200)
    assert.equal((await made.look()).name, 'Summer')
    assert.equal(
      await problemOf(change({ name: 'Autumn', pace: { perMinute: 1 } })),
      '409 campaign-has-devices',
    )
    assert.equal((await made.look()).name, 'Summer')
  })

  test('leaves out a device that was removed before its turn, and may be deleted at its end', async () => {
    const made = await make({ phases: [phase('all', { take: { percent: 100 }, together: 1 })] })
    const remove = () => made.call('deleteCampaign', { params: { id: made.id } })
    await made.put()
    for (const deviceId of made.ids(2)) await made.done('registerDevice', { params: { deviceId }, body: {} })
    await begin(made, 2)
    const [first = ''] = await made.atWork()
    const [waiting = ''] = made.ids(2).filter((id) => id !== first)
    assert.equal(await problemOf(remove()), '409 campaign-in-use')
    assert.equal(
      await problemOf(made.call('deleteDevice', { params: { deviceId: first } })),
      '409 device-in-use',
    )
    await made.done('deleteDevice', { params: { deviceId: waiting } })
    await confirmAll(made)
    await made.tick(4)
    const skipped = await made.done('listSkippedDevices', { params: { id: made.id } })
    assert.deepEqual(skipped, { items: [{ deviceId: waiting, phase: 'all', reason: 'notPermitted' }] })
    assert.equal((await made.upgrades.get(waiting))?.isRemoved, true)
    assert.match(await made.inShort(), /^finished/)
    assert.equal((await remove()).status, 204)
    assert.ok((await made.history()).length > 0)
  })

  test('is not approved by anybody who changed what it does, but by those who changed nothing', async () => {
    const made = await make({ phases: [phase('first', { next: 'approval' }), phase('rest')] })
    await made.put()
    const as = (sub: string) => ({ sub, username: sub, scope: 'groundcrew/operate' })
    const change = (sub: string, body: object) =>
      made.call('changeCampaign', { params: { id: made.id }, claims: as(sub), body })
    const phases = [
      phase('first', { take: { devices: 1 }, next: 'approval' }),
      phase('rest', { take: { percent: 100 } }),
    ]
    for (const [sub, body] of [
      ['bea', { phases }],
      ['cem', { proveSeconds: 600 }],
      ['dan', { phases, proveSeconds: 600 }],
      ['dan', { name: 'Summer' }],
    ] as const)
      assert.equal((await change(sub, body)).status, 200)
    assert.equal((await made.put({ phases, proveSeconds: 600 }, as('eva'))).status, 200)
    await made.add(made.id, made.ids(2))
    await made.ask('startCampaign')
    await made.tick(2)
    await confirmAll(made)
    await made.tick(2)
    const approve = (sub: string) =>
      made.ask('approveCampaign', { body: { phase: 'first' }, claims: as(sub) })
    for (const sub of ['bea', 'cem']) assert.equal(await problemOf(approve(sub)), '403 approval-by-maker')
    assert.equal((await approve('eva')).status, 200)
  })

  test('cannot be changed after it was aborted before it began', async () => {
    const made = await make()
    await made.put()
    await made.ask('abortCampaign')
    const before = await made.look()
    const body = { pace: { perMinute: 7 } }
    const params = { id: made.id }
    assert.equal(await problemOf(made.call('changeCampaign', { params, body })), '409 campaign-aborted')
    assert.equal(await problemOf(made.put()), '409 campaign-aborted')
    assert.deepEqual(await made.look(), before)
  })

  test('frees its package when it has ended', async () => {
    const made = await make()
    await begin(made, 1)
    await confirmAll(made)
    await made.tick(2)
    assert.match(await made.inShort(), /^finished/)
    const { usersOf } = await import('../../../lambdas/packages/users.ts')
    assert.deepEqual(await usersOf(world.table, made.id, made.clock.now), [])
  })

  test('does not pass a phase that has no device to prove it, while others would follow', async () => {
    const rest = phase('rest', { take: { percent: 100 } })
    const canary = phase('canary', { take: { labels: { ring: 'canary' } } })
    const unlabelled = await make({ phases: [canary, rest] })
    await begin(unlabelled, 3)
    await unlabelled.tick(2)
    assert.match(await unlabelled.inShort(), /^stopped nothing: canary notPassed 0\/0 .*rest waiting 0\/3/)
    assert.equal((await unlabelled.look()).stopped, 'exhausted')

    const skipping = await make({ phases: [phase('one', { take: { devices: 1 } }), rest] })
    for (const deviceId of skipping.ids(3))
      await skipping.call('openUpgradeAttempt', {
        params: { deviceId },
        body: { package: 'firmware', targetVersion: '9' },
      })
    await begin(skipping, 3)
    await skipping.tick(3)
    assert.match(await skipping.inShort(), /^stopped nothing: one notPassed 1\/1 .*rest waiting 0\/2/)
  })

  test('is finished by fewer devices than it has phases', async () => {
    const phases = [phase('a', { take: { devices: 1 } }), phase('b'), phase('c')]
    const made = await make({ phases })
    await begin(made, 1)
    await confirmAll(made)
    await made.tick(4)
    assert.match(await made.inShort(), /^finished nothing: a passed 1\/1/)
  })

  test('has no more in progress than allowed if two runs release retries and others', async () => {
    const gate = { confirmedPercent: 100, failedAtMostPercent: 100, withinSeconds: 86_400 }
    const made = await make({
      retry: { times: 1, afterSeconds: 60 },
      phases: [phase('all', { take: { percent: 100 }, together: 4, gate })],
    })
    await begin(made, 12)
    const [one = '', two = ''] = await made.atWork()
    await offeredAndFails(made, one, 4)
    await offeredAndFails(made, two, 4)
    await made.say((await made.atWork())[0] ?? '', runs('2.0'))
    await made.ask('pauseCampaign')
    await made.tick()
    await made.ask('resumeCampaign')
    let others = 0
    const overtaken = failingTable(world.table, async (call) => {
      if (/^PutCommand .*OPEN#/.test(call) && others++ === 0) await made.sweep()
      return undefined
    })
    made.clock.now += 2 * minute
    await wireCampaigns(overtaken, made.clock).sweep()
    assert.ok(others > 0)
    await made.tick()
    assert.equal((await made.atWork()).length, 4)
  })

  test('is not made with a package of another fleet, whose existence stays hidden', async () => {
    const made = await make({}, { fleet: 'north', version: '7.7', package: 'software' })
    const put = (packageId: string) =>
      made.put(
        { fleet: 'south', packageId, package: 'firmware', targetVersion: '2.0' },
        callerWith('operate@south'),
      )
    const [foreign, unknown] = [await put(made.id), await put('nobodys')]
    assert.deepEqual([foreign.status, foreign.problem?.name], [409, 'package-not-ready'])
    const told = ({ text }: typeof foreign, id: string) => text.replaceAll(id, 'X').replace(/uuid:[^"]+/, '')
    assert.equal(told(foreign, made.id), told(unknown, 'nobodys'))
  })

  test('does not start with a package that has changed since it was given', async () => {
    const made = await make()
    const name = async (settings: object) => {
      const given = { name: 'p', version: '2.0', package: 'firmware' as const, machines: 'devices' as const }
      const who = { fleets: 'all' as const, by: 'ann', now: made.clock.now }
      const known = await putPackage(world.table, `${made.id}-late`, { ...given, ...settings }, who)
      assert.ok(typeof known === 'object')
      return known
    }
    await name({})
    assert.equal((await made.put({ packageId: `${made.id}-late` })).status, 200)
    await made.add(made.id, made.ids(1))
    await name({ version: '3.0', fleet: 'north' })
    await made.prove(`${made.id}-late`)
    const started = await made.ask('startCampaign')
    assert.deepEqual([started.status, started.problem?.name], [409, 'package-not-ready'])
    assert.match(started.text, /is not as it was/)
    assert.equal((await made.look()).state, 'draft')
  })

  test('starts with the settings that were read, even if they change at that moment', async () => {
    const made = await make()
    await made.put()
    await made.add(made.id, made.ids(1))
    const given = { name: 'p', version: '2.0', package: 'firmware' as const, machines: 'devices' as const }
    const unproved = `${made.id}-unproved`
    const who = { fleets: 'all' as const, by: 'ann', now: made.clock.now }
    await putPackage(world.table, unproved, given, who)
    let changes = 0
    const interrupted = failingTable(world.table, async (call) => {
      if (/^TransactWriteCommand .*"start"/.test(call) && changes++ === 0)
        assert.equal((await made.put({ packageId: unproved })).status, 200)
      return undefined
    })
    const started = await wireCampaigns(interrupted, made.clock).call('startCampaign', {
      params: { id: made.id },
    })
    assert.equal(changes, 1)
    assert.deepEqual([started.status, started.problem?.name], [409, 'package-not-ready'])
    assert.equal((await made.look()).state, 'draft')
  })

  test('gives a package for some models to no device whose model is unknown', async () => {
    const made = await make({ phases: [phase('all', { take: { percent: 100 } })] }, { models: ['X1'] })
    const [fits = '', unknown = '', heard = ''] = made.ids(3)
    await made.done('registerDevice', { params: { deviceId: fits }, body: { model: 'X1' } })
    await made.say(heard, runs('1.0'))
    await made.put()
    await made.add(made.id, [fits, unknown, heard])
    const dry = CampaignDryRun.parse(await made.done('dryRunCampaign', { params: { id: made.id } }))
    const others = dry.others.map(({ reason, devices }) => `${devices} ${reason}`)
    assert.deepEqual([dry.takePart, others], [1, ['2 modelNotAllowed']])
    await made.ask('startCampaign')
    await made.tick(2)
    assert.deepEqual(await made.atWork(), [fits])
  })

  test('is planned in as many runs as it takes, each device in one phase', async () => {
    const made = await make({ phases: [phase('half', { take: { percent: 50 } }), phase('rest')] })
    await made.put()
    await made.add(made.id, made.ids(120))
    await made.ask('startCampaign')
    let written = 0
    const slow = failingTable(world.table, (call) => {
      if (!/^PutCommand .*PLAN#/.test(call)) return undefined
      written += 1
      made.clock.now += 5_000
      return undefined
    })
    const { sweep } = wireCampaigns(slow, made.clock)
    const rows = rolloutRows(world.table, made.id)
    await sweep()
    assert.equal((await made.look()).state, 'preparing')
    // By a request that had begun before the start.
    for (const deviceId of someIds(9, `${made.id}-late`)) await rows.choose({ deviceId }, made.clock.now)
    for (let runs = 0; runs < 30 && (await made.look()).state === 'preparing'; runs++) {
      made.clock.now += minute
      await sweep()
    }
    const { state, phases = [] } = await made.look()
    assert.deepEqual([state, phases.map(({ size }) => size)], ['running', [65, 64]])
    assert.ok(written < 150, `${written} rows written for 129 devices`)
    const planned = [await rows.planned(0, undefined, 200), await rows.planned(1, undefined, 200)]
    assert.deepEqual(
      planned.map((of) => of.length),
      [65, 64],
    )
    assert.equal(new Set(planned.flat().map(({ deviceId }) => deviceId)).size, 129)
  })

  test('reports devices that are added at the moment of its start as not done', async () => {
    const made = await make()
    await made.put()
    const [first = '', late = ''] = made.ids(2)
    await made.add(made.id, [first])
    const overtaken = failingTable(world.table, async (call) => {
      if (/^PutCommand .*CHOSEN#/.test(call)) {
        await made.ask('startCampaign')
        await made.tick(2)
      }
      return undefined
    })
    assert.deepEqual(await wireCampaigns(overtaken, made.clock).add(made.id, [late]), [`${late} notDone`])
  })

  test('asks all devices that may get their offer in turn, by their own time zones, even if some do not answer', async () => {
    // `start` is a Friday, 08:00 UTC: in Tokyo the window is open until 19:00 there.
    const made = await make({
      window: { days: ['fri'], from: '09:00', minutes: 600 },
      pace: { perMinute: 2 },
      phases: [phase('all', { take: { percent: 100 }, together: 100 })],
    })
    const ids = made.ids(12)
    const [open = '', alsoOpen = ''] = ids.slice(-2)
    for (const deviceId of ids) {
      const timeZone = deviceId === open || deviceId === alsoOpen ? 'Asia/Tokyo' : 'America/New_York'
      await made.done('registerDevice', { params: { deviceId }, body: { timeZone } })
    }
    await begin(made, 12)
    await made.tick(6)
    for (const deviceId of await made.atWork()) await made.say(deviceId, runs('1.0'))
    made.sent.length = 0
    await made.tick(6)
    const asked = new Set(made.sent.map(({ topic }) => topic.split('/')[2]))
    assert.deepEqual([...asked].toSorted(), [open, alsoOpen])
    const allows = offerGuard(world.table)
    assert.equal(await allows({ campaignId: made.id, deviceId: open }, made.clock.now), 'yes')
    assert.equal(
      await allows({ campaignId: made.id, deviceId: ids[0] ?? '' }, made.clock.now),
      'outsideWindow',
    )
  })

  test('gives a phase its whole time, however long it was paused', async () => {
    const gate = { confirmedPercent: 100, failedAtMostPercent: 0, withinSeconds: 600 }
    const made = await make({ phases: [phase('all', { take: { percent: 100 }, gate })] })
    await begin(made, 2)
    for (const _ of [1, 2]) {
      await made.tick(3)
      assert.equal((await made.ask('pauseCampaign')).status, 200)
      await made.tick(11)
      assert.equal((await made.ask('resumeCampaign')).status, 200)
    }
    await made.tick(2)
    assert.equal((await made.look()).state, 'running')
    await made.tick(3)
    assert.equal((await made.look()).stopped, 'late')
  })

  test('assigns its devices by the labels that they have at its start, as in the dry run', async () => {
    const made = await make({
      phases: [
        phase('canary', { take: { labels: { ring: 'canary' } } }),
        phase('rest', { take: { devices: 1 } }),
      ],
    })
    const [canary = '', former = '', other = ''] = made.ids(3)
    const label = (deviceId: string, labels: object) =>
      made.done('registerDevice', { params: { deviceId }, body: { labels } })
    await label(canary, {})
    await label(former, { ring: 'canary' })
    await made.put()
    await made.add(made.id, [canary, former, other])
    await label(canary, { ring: 'canary' })
    await label(former, {})
    const dry = CampaignDryRun.parse(await made.done('dryRunCampaign', { params: { id: made.id } }))
    assert.deepEqual(
      dry.phases.map(({ devices }) => devices),
      [1, 1],
    )
    assert.equal(dry.leftOut, 1)
    assert.equal((await made.ask('startCampaign')).status, 200)
    await made.tick(2)
    assert.deepEqual(await made.atWork(), [canary])
  })

  test('is not delayed by another whose planning takes long', async () => {
    const made = await make({ phases: [phase('all', { take: { percent: 100 }, together: 1 })] })
    await begin(made, 2)
    const large = await make()
    await large.put()
    await large.add(large.id, large.ids(60))
    large.clock.now = made.clock.now
    await large.ask('startCampaign')
    made.clock.now += 1_000
    await made.ask('pauseCampaign')
    await made.ask('resumeCampaign')
    const slow = failingTable(world.table, (call) => {
      if (/^PutCommand .*PLAN#/.test(call)) made.clock.now += 10_000
      return undefined
    })
    await confirmAll(made)
    made.clock.now += minute
    await wireCampaigns(slow, made.clock).sweep()
    assert.equal((await large.look()).state, 'preparing')
    assert.equal((await made.atWork()).length, 1)
    await large.ask('abortCampaign')
  })

  for (const fate of ['lost', 'unanswered'] as const)
    test(`comes to its end wherever its runs break off, by a write that is ${fate}`, async () => {
      const gate = { confirmedPercent: 100, failedAtMostPercent: 100, withinSeconds: 86_400 }
      let isWhole = false
      // Every so many writes, others in each run: each place takes a whole campaign.
      for (let at = randomInt(1, 19); !isWhole; at += 18) {
        const made = await make({
          retry: { times: 1, afterSeconds: 60 },
          phases: [
            phase('first', { take: { devices: 2 }, together: 2, gate }),
            phase('rest', { take: { percent: 100 }, together: 2, gate }),
          ],
        })
        await made.put()
        await made.add(made.id, made.ids(5))
        await made.ask('startCampaign')
        let writes = 0
        const broken = failingTable(world.table, (call) =>
          /^(Put|Update|Delete|TransactWrite)Command/.test(call) && call.includes(made.id) && ++writes === at
            ? fate
            : undefined,
        )
        const line = wireCampaigns(broken, made.clock)
        const weak = new Set<string>()
        for (let minutes = 0; minutes < 40 && (await made.look()).state !== 'finished'; minutes++) {
          made.clock.now += minute
          await line.sweep()
          const atWork = await made.atWork()
          assert.ok(atWork.length <= 2, `write ${at}: ${atWork.length} at work`)
          for (const deviceId of atWork) {
            if (weak.has(deviceId) || weak.size === 2) await made.say(deviceId, runs('2.0'))
            else await offeredAndFails(made, deviceId, 4)
            weak.add(deviceId)
          }
        }
        assert.equal(
          await made.inShort(),
          'finished nothing: first passed 2/2 c2 f0, rest done 3/3 c3 f0',
          `write ${at}`,
        )
        isWhole = writes < at
      }
    })

  test('adds no device like a watching campaign if it becomes a driving one at that moment', async () => {
    const made = await make()
    const watching = { packageId: undefined, package: 'firmware', targetVersion: '2.0' }
    assert.equal((await made.put(watching)).status, 200)
    let changes = 0
    const overtaken = failingTable(world.table, async (call) => {
      if (/^UpdateCommand .*SET addedAt/.test(call) && changes++ === 0)
        assert.equal((await made.put()).status, 200)
      return undefined
    })
    const answer = await wireCampaigns(overtaken, made.clock).call('addCampaignDevices', {
      params: { id: made.id },
      body: { deviceIds: made.ids(1) },
    })
    assert.equal(changes, 1)
    assert.deepEqual([answer.status, answer.problem?.name], [503, 'try-again'])
    assert.deepEqual(await made.atWork(), [])
    assert.deepEqual(await made.add(made.id, made.ids(1)), [`${made.ids(1)[0]} chosen`])
  })

  suite('for docks', () => {
    let docks = 0
    /** Registered docks that say what they run. */
    const someDocks = async (count: number, fleet: string) => {
      const sns = Array.from({ length: count }, () => `7CTDM${String(++docks).padStart(4, '0')}`)
      for (const sn of sns) {
        await dockStore(world.table).register(sn, { fleet }, 'all', start)
        const firmware = { order: '1', heardAt: start, version: '1.0' }
        await presenceStore(world.table).record(sn, { firmware }, start)
      }
      return sns
    }
    const forDocks = (more: object = {}) =>
      make(
        { fleet: 'north', phases: [phase('all', { take: { percent: 100 }, together: 2 })], ...more },
        { machines: 'docks', from: ['1.0'] },
      )

    test('chooses them by serial number, in their fleet, and offers so many at a time', async () => {
      const made = await forDocks()
      const north = await someDocks(3, 'north')
      const [south = ''] = await someDocks(1, 'south')
      assert.equal((await made.put()).status, 200)
      const claims = callerWith('operate@north')
      assert.deepEqual(await made.add(made.id, [...north, south, '7CTDMSTRANGER'], { claims }), [
        ...north.map((sn) => `${sn} chosen`),
        `${south} notPermitted`,
        '7CTDMSTRANGER notPermitted',
      ])
      const dry = CampaignDryRun.parse(await made.done('dryRunCampaign', { params: { id: made.id } }))
      assert.deepEqual([dry.takePart, dry.versionUnknown, dry.others], [3, 0, []])
      assert.equal((await made.ask('startCampaign')).status, 200)
      await made.tick(2)
      const first = await made.atWork()
      assert.equal(first.length, 2)
      assert.equal(made.sent.length, 0)
      await made.sweepDevices()
      const own = made.sent.filter(({ topic }) => north.some((sn) => topic.includes(sn)))
      const offers = own.map(({ topic }) => topic)
      assert.deepEqual(offers.sort(), first.map((sn) => `thing/product/${sn}/services`).sort())
      for (const sn of first) await made.say(sn, runs('2.0'))
      await made.tick()
      assert.equal((await made.atWork()).length, 1)
    })

    test('leaves out machines that are no docks', async () => {
      const made = await forDocks({ fleet: undefined })
      const [dock = ''] = await someDocks(1, 'default')
      assert.equal((await made.put()).status, 200)
      await made.add(made.id, [dock, made.ids(1)[0] ?? ''])
      const dry = CampaignDryRun.parse(await made.done('dryRunCampaign', { params: { id: made.id } }))
      assert.deepEqual(
        [dry.takePart, dry.others],
        [1, [{ reason: 'noDock', devices: 1, examples: made.ids(1) }]],
      )
      assert.equal((await made.ask('startCampaign')).status, 200)
      await made.tick(2)
      assert.deepEqual(await made.atWork(), [dock])
      const skipped = await made.done('listSkippedDevices', { params: { id: made.id } })
      assert.match(JSON.stringify(skipped), /"reason":"noDock"/)
    })

    test('offers them nothing outside its window', async () => {
      const made = await forDocks({ window: { days: ['mon'], from: '03:00', minutes: 60, timeZone: 'UTC' } })
      const sns = await someDocks(1, 'north')
      assert.equal((await made.put()).status, 200)
      await made.add(made.id, sns)
      assert.equal((await made.ask('startCampaign')).status, 200)
      await made.tick(2)
      await made.sweepDevices()
      assert.deepEqual(await made.atWork(), [])
      assert.ok(!made.sent.some(({ topic }) => topic.includes(sns[0] ?? '')))
    })
  })
})
