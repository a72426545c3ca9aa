import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as z from 'zod'
import { type RouteName, routes } from '../../../lambdas/contract/routes.ts'
import { openTable } from '../../support/table.ts'
import { fault, progress, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

const Page = z.object({ items: z.array(z.looseObject({})), next: z.string().optional() })
const north = { sub: 'north', scope: 'groundcrew/read@north' }

describe('reading upgrades', () => {
  const world = openTable()
  const backend = wireUpgrades(world.table)
  let attemptId = ''

  /**
   * Two devices in the north, one of which failed after three reports; one in the south that is done; one
   * without a fleet.
   */
  before(async () => {
    const [n1, n2, s1] = ['north-1', 'north-2', 'south-1'].map((id) => backend.device(id))
    assert.ok(n1 && n2 && s1)
    for (const device of [n1, n2]) await device.register({ fleet: 'north' })
    await s1.register({ fleet: 'south' })
    await n1.open('v0')
    backend.clock.now = start + 1_000
    attemptId = (await n1.open('v2', { replace: true })).id
    await backend.campaign('spring')
    await s1.open('v2', { campaignId: 'spring' })
    await n1.say(10, progress(10, 'v1'))
    await n1.say(20, versions('v1', 's1'))
    await n1.say(30, fault(7, 'v1', { description: 'bad sign' }))
    await s1.say(40, versions('v2'))
    await backend.device('stray').say(50, progress(50, 'v1'))
    backend.clock.now = start + 60_000
  })

  const names = async (query: Record<string, string> = {}, more: object = {}) => {
    const { items } = Page.parse((await backend.call('listUpgrades', { query, ...more })).body)
    return items.map(({ deviceId }) => deviceId)
  }

  it('finds a version as the device sent it, whatever is in it', async () => {
    const version = 'v9\u202e\u200b'
    await backend.device('south-1').say(55, progress(50, version))
    assert.deepEqual(await names({ version }), ['south-1'])
    assert.deepEqual(await names({ version: 'v9' }), [])
    await backend.device('south-1').say(56, versions('v2'))
  })

  it('shows a device: what it runs, the state of its upgrade, and why', async () => {
    const failure = {
      code: 7,
      reason: 'The package did not pass verification on the device.',
      retryable: false,
    }
    const { attempt, failure: shown, ...view } = await backend.device('north-1').view()
    assert.deepEqual(view, {
      deviceId: 'north-1',
      fleet: 'north',
      state: 'failed',
      firmware: { version: 'v1', reportedAt: time(20) },
      software: { version: 's1', reportedAt: time(20) },
      lastReportAt: time(30),
      lastSeenAt: time(30),
      percent: 0,
      reportedVersion: 'v1',
    })
    assert.deepEqual({ ...shown, advice: '' }, { ...failure, advice: '' })
    assert.deepEqual([attempt?.id, attempt?.description, attempt?.failure], [attemptId, 'bad sign', shown])
  })

  it('lists by state, version, fleet and campaign', async () => {
    assert.deepEqual(await names(), ['north-1', 'north-2', 'south-1', 'stray'])
    assert.deepEqual(await names({ state: 'failed' }), ['north-1'])
    assert.deepEqual(await names({ state: 'unsuccessful,upgrading' }), ['north-1', 'stray'])
    assert.deepEqual(await names({ deviceId: 'north' }), ['north-1', 'north-2'])
    assert.deepEqual(await names({ deviceId: 'north', state: 'failed' }), ['north-1'])
    assert.deepEqual(await names({ deviceId: 'nort', fleet: 'south' }), [])
    assert.deepEqual(await names({ version: 'v1' }), ['north-1', 'stray'])
    assert.deepEqual(await names({ version: 'v1', state: 'upgrading' }), ['stray'])
    assert.deepEqual(await names({ fleet: 'north' }), ['north-1', 'north-2'])
    assert.deepEqual(await names({ fleet: 'default' }), ['stray'])
    assert.deepEqual(await names({ campaignId: 'spring' }), ['south-1'])
    assert.deepEqual(await names({ campaignId: 'autumn' }), [])
  })

  it('shows devices as they were registered', async () => {
    const { body } = await backend.call('getDevice', { params: { deviceId: 'north-1' } })
    const fleet = 'north'
    assert.deepEqual(body, { deviceId: 'north-1', fleet, registeredAt: new Date(start).toISOString() })
    const { body: page } = await backend.call('listDevices', { query: { fleet, deviceId: 'north-' } })
    assert.deepEqual(
      Page.parse(page).items.map(({ deviceId }) => deviceId),
      ['north-1', 'north-2'],
    )
    const { status } = await backend.call('getDevice', { params: { deviceId: 'south-1' }, claims: north })
    assert.equal(status, 404)
  })

  it('lists to a caller limited to a fleet nothing of the others', async () => {
    assert.deepEqual(await names({}, { claims: north }), ['north-1', 'north-2'])
    assert.deepEqual(await names({ fleet: 'south' }, { claims: north }), [])
  })

  it('follows the pages of a list to its end', async () => {
    for (const limit of ['1', '2', '3']) {
      const seen: unknown[] = []
      let cursor: string | undefined
      do {
        const query: Record<string, string> = { limit, ...(cursor ? { cursor } : {}) }
        const page = Page.parse((await backend.call('listUpgrades', { query })).body)
        seen.push(...page.items.map(({ deviceId }) => deviceId))
        cursor = page.next
      } while (cursor)
      assert.deepEqual(seen, ['north-1', 'north-2', 'south-1', 'stray'])
    }
  })

  /** Pages of one, and what they name. */
  const oneByOne = async (route: RouteName, params: Record<string, string>, name: string) => {
    const seen: unknown[] = []
    let cursor: string | undefined
    do {
      const query: Record<string, string> = { limit: '1', ...(cursor ? { cursor } : {}) }
      const page = Page.parse((await backend.call(route, { params, query })).body)
      assert.ok(page.items.length <= 1)
      seen.push(...page.items.map((item) => item[name]))
      cursor = page.next
    } while (cursor)
    return seen
  }

  it('follows the pages of attempts and of reports, newest first', async () => {
    const params = { deviceId: 'north-1', id: attemptId }
    assert.deepEqual(await oneByOne('listUpgradeAttempts', params, 'targetVersion'), ['v2', 'v0'])
    assert.deepEqual(await oneByOne('listUpgradeReports', params, 'receivedAt'), [
      time(30),
      time(20),
      time(10),
    ])
  })

  it('shows what each report alone means for its attempt, and why it is a failure', async () => {
    const own = wireUpgrades(world.table)
    const device = own.device('speaker')
    const { id } = await device.open('v2')
    const said: [ReturnType<typeof progress>, string, string?][] = [
      [progress(undefined, 'v1'), 'upgrading'],
      [progress(40, 'v2'), 'upgrading'],
      [progress(100, 'v1'), 'downloaded'],
      [progress(100, 'v2'), 'matched'],
      [fault(3, 'v2'), 'matched'],
      [
        fault(3, 'v1'),
        'failed',
        'The device considers its version the latest, but it is not known to be the target.',
      ],
      [fault(7, 'v2'), 'failed', 'The package did not pass verification on the device.'],
      [versions('v1'), 'otherVersion'],
      [versions(undefined, 'v2'), 'unrelated'],
      [versions('v2'), 'confirmed'],
    ]
    for (const [n, [service]] of said.entries()) await device.say(n, service)
    assert.deepEqual(
      (await device.reports(id)).toReversed().map(({ meaning, failure }) => [meaning, failure?.reason]),
      said.map(([, meaning, reason]) => [meaning, reason]),
    )
    own.clock.now += 1_000
    await device.open('v3', { replace: true })
    const [newest] = await device.reports(id)
    assert.equal(newest?.meaning, 'confirmed', 'its own target counts, not that of the attempt that followed')
  })

  it('shows a repeated report once, even across the end of a page', async () => {
    const own = wireUpgrades(world.table)
    const device = own.device('stutterer')
    const { id } = await device.open()
    const said = [10, 20, 20, 20, 20, 30, 20, 20]
    for (const [n, percent] of said.entries()) await device.say(n, progress(percent, 'v1'))
    const params = { deviceId: 'stutterer', id }
    const whole = Page.parse((await own.call('listUpgradeReports', { params })).body)
    assert.deepEqual(
      whole.items.map(({ percent, repeats, receivedAt }) => [percent, repeats, receivedAt]),
      [
        [20, 1, time(6)],
        [30, 0, time(5)],
        [20, 3, time(1)],
        [10, 0, time(0)],
      ],
    )
    for (const limit of ['1', '2', '3', '4']) {
      const seen: unknown[] = []
      let query: Record<string, string> | undefined = { limit }
      while (query) {
        const page = Page.parse((await own.call('listUpgradeReports', { params, query })).body)
        seen.push(...page.items)
        query = page.next === undefined ? undefined : { limit, cursor: page.next }
      }
      assert.deepEqual(seen, whole.items, `pages of ${limit}`)
    }
  })

  it('reads little for a page of reports, however often a device repeats itself', async () => {
    const own = wireUpgrades(world.table)
    const device = own.device('repeater')
    const ids: string[] = []
    for (let n = 0; n < 40; n += 1) {
      own.clock.now = start + n * 1_000
      ids.push((await device.open(`v${n}`, { replace: true })).id)
    }
    for (let n = 0; n < 12; n += 1) {
      const entries = Array.from({ length: 100 }, (_, place) => ({
        deviceId: 'repeater',
        receivedAt: time(40 + n + place / 100),
        body: { services: [progress(10, 'v1')] },
      }))
      own.clock.now = start + (41 + n) * 1_000
      await own.call('takeDeviceEvents', { body: entries })
    }
    const look = async (id: string | undefined) => {
      world.used.splice(0)
      const params = { deviceId: 'repeater', id: id ?? '' }
      const { body } = await own.call('listUpgradeReports', { params, query: { limit: '1' } })
      const units = world.used.reduce((sum, one) => sum + one.units, 0)
      return { page: Page.parse(body), calls: world.used.length, units }
    }
    const newest = await look(ids.at(-1))
    assert.deepEqual([newest.page.items.length, newest.page.items[0]?.repeats], [1, 1_000])
    assert.ok(newest.calls <= 8, `${newest.calls} calls`)
    assert.ok(newest.units <= 50, `${newest.units} read units`)
    for (const id of [ids[0], ids[20], ids[38]]) {
      const earlier = await look(id)
      assert.deepEqual(earlier.page.items, [])
      assert.ok(earlier.calls <= 4 && earlier.units <= 4, `${earlier.calls} calls, ${earlier.units} units`)
    }
  })

  it('does not mix the reports of an attempt with those of the next', async () => {
    const [, first] = await backend.device('north-1').attempts()
    assert.deepEqual(await backend.device('north-1').reports(first?.id ?? ''), [])
  })

  it('shows the time that a device claims, as it wrote it', async () => {
    const device = backend.device('clockwork')
    const { id } = await device.open()
    await device.say(60, { ...progress(1, 'v1'), event_time: '2026-11-22T05:26:09Z' })
    assert.equal((await device.reports(id))[0]?.claimedTime, '2026-11-22T05:26:09Z')
  })

  it('hides a device of another fleet, and all that is below it', async () => {
    const below: [RouteName, Record<string, string>][] = [
      ['getUpgrade', {}],
      ['listUpgradeAttempts', {}],
      ['listUpgradeReports', { id: attemptId }],
    ]
    for (const [route, params] of below)
      for (const deviceId of ['south-1', 'nobody']) {
        const answer = await backend.call(route, { params: { deviceId, ...params }, claims: north })
        assert.deepEqual([route, answer.status, answer.problem.name], [route, 404, 'unknown-device'])
      }
  })

  it('knows no attempt of another device', async () => {
    const params = { deviceId: 'south-1', id: attemptId }
    const answer = await backend.call('listUpgradeReports', { params })
    assert.deepEqual([answer.status, answer.problem.name], [404, 'not-found'])
  })

  const cursors: [RouteName, string, string][] = [
    ['listUpgrades', 'of no list', 'nonsense'],
    ['listUpgradeAttempts', 'of no list', 'nonsense'],
    ['listUpgradeAttempts', 'longer than a key', 'x'.repeat(1500)],
    ['listUpgradeReports', 'of no list', 'nonsense'],
    ['listUpgradeReports', 'of an earlier time', `${start - 1}#receipt#00`],
    ['listUpgradeReports', 'of a later attempt', `9999999999999#receipt#00`],
  ]
  for (const [route, which, cursor] of cursors)
    it(`refuses a cursor ${which} on ${route}`, async () => {
      const params: Record<string, string> =
        route === 'listUpgrades' ? {} : { deviceId: 'north-1', id: attemptId }
      const answer = await backend.call(route, { params, query: { cursor } })
      assert.deepEqual(
        [answer.status, answer.problem.errors?.map(({ path }) => path)],
        [422, ['cursor']],
        answer.text,
      )
    })

  it('answers in the shape that each route promises', async () => {
    const reads: [RouteName, Record<string, string>][] = [
      ['getUpgrade', { deviceId: 'north-1' }],
      ['getUpgrade', { deviceId: 'stray' }],
      ['listUpgrades', {}],
      ['listUpgradeAttempts', { deviceId: 'north-1' }],
      ['listUpgradeReports', { deviceId: 'north-1', id: attemptId }],
    ]
    for (const [route, params] of reads) {
      const { status, body } = await backend.call(route, { params })
      assert.equal(status, 200, route)
      assert.deepEqual(
        z.parse(routes[route].output, body),
        body,
        `${route} says nothing that it does not promise`,
      )
    }
  })

  it('is a 304 if nothing has changed, and a 200 once something has', async () => {
    const params = { deviceId: 'stray' }
    const { headers } = await backend.call('getUpgrade', { params })
    const given = { 'if-none-match': String(headers.etag) }
    const same = await backend.call('getUpgrade', { params, headers: given })
    assert.deepEqual([same.status, same.text], [304, ''])
    await backend.device('stray').say(61, progress(60, 'v1'))
    assert.equal((await backend.call('getUpgrade', { params, headers: given })).status, 200)
  })
})

it('a list reads no more than its page, where nothing is filtered', async () => {
  const world = openTable()
  const backend = wireUpgrades(world.table)
  const ids = Array.from({ length: 400 }, (_, n) => `many-${String(n).padStart(3, '0')}`)
  await Promise.all(ids.map((id) => backend.device(id).register({ fleet: 'many' })))
  world.used.splice(0)
  const { items, next } = Page.parse((await backend.call('listUpgrades', { query: { limit: '1' } })).body)
  assert.deepEqual([items.map(({ deviceId }) => deviceId), next === undefined], [ids.slice(0, 1), false])
  const units = world.used.reduce((sum, one) => sum + one.units, 0)
  assert.ok(units <= 2, `${units} read units`)
})
