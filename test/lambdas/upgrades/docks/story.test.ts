import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { connectDocks } from '../../../../lambdas/docks/machines.ts'
import { recordPresence } from '../../../../lambdas/presence/record.ts'
import { presenceStore } from '../../../../lambdas/presence/store.ts'
import { dockStore } from '../../../../lambdas/registry/store.ts'
import { dockKey, topologyKey } from '../../../../lambdas/table/keys.ts'
import {
  recordDockProgress,
  recordOfferReplies,
  recordVersions,
} from '../../../../lambdas/upgrades/docks/record.ts'
import { batchOf, queued, type Received } from '../../../support/dock-messages.ts'
import { openTable } from '../../../support/table.ts'
import { start, type UpgradeView, wireUpgrades } from '../../../support/upgrades.ts'

/** Docks that are upgraded, on a table: what they say, what they are told, and what becomes of it. */

const Offer = z.object({
  tid: z.string(),
  bid: z.string(),
  method: z.literal('ota_create'),
  data: z.object({
    devices: z.array(
      z.object({ sn: z.string(), product_version: z.string(), file_url: z.string(), md5: z.string() }),
    ),
  }),
})

const minutes = (count: number): number => count * 60

describe('a dock with a driven attempt', () => {
  const world = openTable()

  let docks = 0

  /** A registered dock with its aircraft, and packages for them; times are seconds after the beginning. */
  const site = async (fleet?: string, aircraft?: string) => {
    const n = String(++docks).padStart(4, '0')
    const [dockSn, aircraftSn] = [`7CTDM${n}`, aircraft ?? `1581F${n}`]
    const backend = wireUpgrades(world.table)
    const { clock, sent, rejected, upgrades } = backend
    const now = () => clock.now
    await dockStore(world.table).register(dockSn, { aircraftSn, fleet }, 'all', start)
    const acknowledged: string[] = []
    const use = {
      upgrades,
      rejected,
      now,
      docks: connectDocks(world.table),
      acknowledge: async ({ topic }: { topic: string }) => void acknowledged.push(topic),
    }
    const presence = recordPresence({ presence: presenceStore(world.table), rejected, now })
    const [replies, progress, versions] = [
      recordOfferReplies(use),
      recordDockProgress(use),
      recordVersions(use),
    ]
    const hand = async (
      at: number,
      received: Omit<Received, 'receivedAt'>,
      ...takers: (typeof replies)[]
    ) => {
      clock.now = Math.max(clock.now, start + at * 1000)
      const batch = batchOf(queued({ ...received, receivedAt: start + at * 1000 }))
      for (const take of takers) assert.deepEqual(await take(batch), [])
    }
    const head = { tid: randomUUID(), bid: randomUUID(), timestamp: 1, gateway: dockSn }
    const offers = () =>
      sent.flatMap(({ topic, payload }) =>
        topic === `thing/product/${dockSn}/services` ? [Offer.parse(JSON.parse(payload))] : [],
      )
    const view = async (sn: string): Promise<UpgradeView> => backend.device(sn).view()
    return {
      backend,
      dockSn,
      aircraftSn,
      hand,
      head,
      replies,
      progress,
      versions,
      presence,
      offers,
      view,
      acknowledged,
      /** A machine says what it runs. */
      runs: (at: number, sn: string, version: string, gateway = dockSn) =>
        hand(
          at,
          {
            dockSn: sn,
            about: 'firmware',
            payload: { ...head, gateway, data: { firmware_version: version } },
          },
          presence,
          versions,
        ),
      /** The dock's client connects, as it does after each restart. */
      connects: (at: number, version: number) =>
        hand(
          at,
          {
            dockSn,
            about: 'connection',
            payload: {
              clientId: dockSn,
              eventType: 'connected',
              timestamp: start + at * 1000,
              versionNumber: version,
              sessionIdentifier: 's',
              principalIdentifier: 'p',
            },
          },
          presence,
          versions,
        ),
      leaves: (at: number, version: number) =>
        hand(
          at,
          {
            dockSn,
            about: 'connection',
            payload: {
              clientId: dockSn,
              eventType: 'disconnected',
              timestamp: start + at * 1000,
              versionNumber: version,
              sessionIdentifier: 's',
              principalIdentifier: 'p',
            },
          },
          presence,
          versions,
        ),
      relays: (at: number, said: object) =>
        hand(at, { dockSn, about: 'relay', payload: said }, presence, versions),
      answers: (at: number, result: number, tid = offers().at(-1)?.tid ?? '') =>
        hand(
          at,
          {
            dockSn,
            payload: {
              ...head,
              tid,
              method: 'ota_create',
              data: { result, output: { status: 'in_progress' } },
            },
          },
          replies,
        ),
      reports: (at: number, output: object, more: object = {}) =>
        hand(
          at,
          {
            dockSn,
            payload: {
              ...head,
              bid: offers().at(-1)?.bid,
              method: 'ota_progress',
              data: { result: 0, output },
              ...more,
            },
          },
          progress,
        ),
      open: async (sn: string, packageId: string) => {
        const { status, text } = await backend.call('openUpgradeAttempt', {
          params: { deviceId: sn },
          body: { packageId },
        })
        assert.equal(status, 202, text)
      },
      sweep: async (at: number) => {
        clock.now = Math.max(clock.now, start + at * 1000)
        await backend.sweep()
      },
      short: async (sn: string): Promise<string> => {
        const { state, evidence, failure } = await view(sn)
        return [state, evidence ?? failure?.code].filter(Boolean).join(' ')
      },
    }
  }
  const forDocks = { machines: 'docks', version: '2' } as const
  let packs = 0
  const withPackage = async (settings: object = {}) => {
    const there = await site()
    const packageId = `docks-${++packs}`
    await there.backend.pack(packageId, { ...forDocks, ...settings })
    return { ...there, packageId }
  }

  it('is offered its package with its aircraft in one message, and proves it by what it runs then', async () => {
    const there = await withPackage()
    const { dockSn, aircraftSn, packageId } = there
    const second = `docks-${++packs}`
    await there.backend.pack(second, { ...forDocks, version: '3' })
    await there.backend.device(aircraftSn).register({ parentId: dockSn })
    await there.connects(1, 1)
    await there.runs(2, dockSn, '1')
    await there.runs(3, aircraftSn, '1')
    await there.open(dockSn, packageId)
    await there.open(aircraftSn, second)
    assert.deepEqual(there.offers(), [])
    await there.sweep(60)
    const [offer, ...others] = there.offers()
    assert.deepEqual(others, [])
    assert.deepEqual(
      offer?.data.devices.map(({ sn, product_version, md5 }) => [sn, product_version, md5]),
      [
        [dockSn, '2', 'cd'.repeat(16)],
        [aircraftSn, '3', 'cd'.repeat(16)],
      ],
    )
    await there.answers(61, 0)
    await there.reports(70, {
      status: 'in_progress',
      progress: { percent: 100, step_key: 'download_firmware' },
    })
    assert.deepEqual([await there.short(dockSn), await there.short(aircraftSn)], ['upgrading', 'upgrading'])
    await there.reports(90, { status: 'ok' }, { need_reply: 1 })
    assert.deepEqual(there.acknowledged, [`thing/product/${dockSn}/events_reply`])
    assert.equal(await there.short(dockSn), 'upgrading')
    await there.connects(120, 2)
    await there.runs(121, dockSn, '2')
    await there.runs(122, aircraftSn, '3')
    assert.deepEqual(
      [await there.short(dockSn), await there.short(aircraftSn)],
      ['succeeded confirmed', 'succeeded confirmed'],
    )
    await there.sweep(minutes(60))
    assert.equal(there.offers().length, 1)
  })

  it('that runs the target already is offered nothing', async () => {
    const there = await withPackage()
    await there.runs(1, there.dockSn, '2')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    assert.equal(await there.short(there.dockSn), 'succeeded confirmed')
    assert.deepEqual(there.offers(), [])
  })

  it('is not offered a package for other versions than its own', async () => {
    const there = await withPackage({ from: ['1.5'] })
    await there.runs(1, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    assert.equal(await there.short(there.dockSn), 'failed sourceNotAllowed')
    assert.deepEqual(there.offers(), [])
  })

  it('waits while it is away or at work, and is offered it within minutes of being free', async () => {
    const there = await withPackage()
    const { dockSn, packageId } = there
    await there.runs(0, dockSn, '1')
    await there.connects(1, 1)
    await there.leaves(2, 1)
    await there.open(dockSn, packageId)
    await there.sweep(minutes(2))
    assert.deepEqual(there.offers(), [])
    const free = { online: true, since: new Date(start + 1_000).toISOString(), aircraft: [], firmware: {} }
    await there.relays(minutes(3), { ...free, mode: 'working' })
    await there.sweep(minutes(6))
    assert.deepEqual(there.offers(), [])
    await there.relays(minutes(7), { ...free, mode: 'idle' })
    await there.sweep(minutes(9) + 1)
    assert.equal(there.offers().length, 1)
  })

  it('that exports logs waits until it has', async () => {
    const there = await withPackage()
    const { dockSn, packageId } = there
    await there.runs(0, dockSn, '1')
    await there.open(dockSn, packageId)
    await world.table.client.send(slot(world.table.name, dockSn, 'upload-1'))
    await there.sweep(60)
    assert.deepEqual(there.offers(), [])
    await world.table.client.send(slot(world.table.name, dockSn, undefined))
    await there.sweep(minutes(5))
    assert.equal(there.offers().length, 1)
  })

  it('that says that it is busy is offered another link later', async () => {
    const there = await withPackage()
    await there.runs(0, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    await there.answers(61, 312_015)
    await there.sweep(minutes(5))
    assert.equal(there.offers().length, 1)
    await there.sweep(minutes(12))
    const [first, second] = there.offers()
    assert.notEqual(first?.data.devices[0]?.file_url, second?.data.devices[0]?.file_url)
    assert.notEqual(first?.bid, second?.bid)
    assert.equal((await there.view(there.dockSn)).attempt?.deliveries, 2)
    // A late word on the first offer is none on the second.
    await there.answers(minutes(12) + 1, 312_023, first?.tid)
    assert.equal(await there.short(there.dockSn), 'upgrading')
  })

  it('has failed with the code that it gave', async () => {
    const there = await withPackage()
    await there.runs(0, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    await there.reports(70, { status: 'failed' }, { data: { result: 312_030, output: { status: 'failed' } } })
    const { failure } = await there.view(there.dockSn)
    assert.deepEqual([failure?.code, failure?.retryable], [312_030, true])
    assert.match(failure?.advice ?? '', /4G/)
  })

  it('shows a failure by its status alone as one, and explains it in the terms of docks', async () => {
    for (const [output, data, code] of [
      [{ status: 'canceled' }, {}, 0],
      [{ status: 'failed' }, { result: 312_016 }, 312_016],
    ] as const) {
      const there = await withPackage()
      await there.runs(0, there.dockSn, '1')
      await there.open(there.dockSn, there.packageId)
      await there.sweep(60)
      await there.reports(70, output, { data: { ...data, output } })
      const device = there.backend.device(there.dockSn)
      const [report] = await device.reports((await device.view()).attempt?.id ?? '')
      assert.deepEqual([report?.meaning, report?.failure?.code], ['failed', code])
      assert.doesNotMatch(report?.failure?.reason ?? '', /no fault|not in the vendor/)
    }
  })

  it('that reports done, but runs the same version, has installed nothing', async () => {
    const there = await withPackage()
    await there.runs(0, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    await there.reports(90, { status: 'ok' })
    await there.connects(119, 2)
    await there.runs(120, there.dockSn, '1')
    assert.equal(await there.short(there.dockSn), 'failed notInstalled')
  })

  it('proves a version without a restart after the proof period, or when it reconnects', async () => {
    const there = await withPackage()
    await there.runs(0, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    await there.reports(90, { status: 'ok' })
    await there.runs(120, there.dockSn, '2')
    assert.equal(await there.short(there.dockSn), 'upgrading matched')
    await there.connects(125, 2)
    await there.sweep(120 + minutes(16))
    assert.equal(await there.short(there.dockSn), 'succeeded confirmed')
  })

  it('behind a relay proves it by the relay’s message, but not by a repeated old version', async () => {
    const there = await withPackage()
    const { dockSn, aircraftSn, packageId } = there
    const said = (at: number, since: number, version: string) =>
      there.relays(at, {
        online: true,
        since: new Date(start + since * 1000).toISOString(),
        aircraft: [aircraftSn],
        firmware: { [dockSn]: version, [aircraftSn]: '1' },
        mode: 'idle',
      })
    await said(1, 0, '1')
    await there.open(dockSn, packageId)
    await there.sweep(60)
    await there.reports(90, { status: 'ok' })
    await said(100, 99, '1')
    assert.equal(await there.short(dockSn), 'upgrading')
    await said(110, 99, '2')
    assert.equal(await there.short(dockSn), 'succeeded confirmed')
  })

  it('behind a relay whose clock is ahead proves nothing by that before it has restarted', async () => {
    const there = await withPackage()
    const { dockSn, packageId } = there
    const said = (at: number, since: number, version: string) =>
      there.relays(at, {
        online: true,
        since: new Date(start + since * 1000).toISOString(),
        aircraft: [],
        firmware: { [dockSn]: version },
        mode: 'idle',
      })
    await said(1, minutes(60), '1')
    await there.open(dockSn, packageId)
    await there.sweep(60)
    await there.reports(90, { status: 'ok' })
    await said(110, minutes(60), '2')
    assert.equal(await there.short(dockSn), 'upgrading matched')
    await there.connects(125, 1)
    await said(126, minutes(60), '2')
    assert.equal(await there.short(dockSn), 'succeeded confirmed')
  })

  it('may use its own id for reports: they count for its open upgrade', async () => {
    const there = await withPackage()
    await there.runs(0, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await there.sweep(60)
    await there.reports(70, { status: 'failed' }, { bid: 'its-own', data: { result: 312_017, output: {} } })
    assert.equal(await there.short(there.dockSn), 'failed 312017')
  })

  it('speaks only for its own aircraft', async () => {
    const [there, other] = [await withPackage(), await site()]
    const { aircraftSn, dockSn, packageId } = there
    await there.backend.device(aircraftSn).register({ parentId: dockSn })
    await there.runs(0, aircraftSn, '1')
    await there.open(aircraftSn, packageId)
    await there.runs(50, aircraftSn, '2', other.dockSn)
    assert.equal(await there.short(aircraftSn), 'pending')
    assert.deepEqual(await there.backend.rejections(aircraftSn), ['notItsDock gateway 1'])
  })

  it('speaks for no aircraft that another dock has, whoever names it', async () => {
    const there = await withPackage()
    const { aircraftSn, dockSn, packageId } = there
    await there.backend.device(aircraftSn).register({ parentId: dockSn })
    await there.runs(0, aircraftSn, '1')
    await there.open(aircraftSn, packageId)
    const other = await site(undefined, aircraftSn)
    const found = await connectDocks(world.table).ofDock(other.dockSn, start)
    assert.deepEqual(
      found?.machines.map(({ sn }) => sn),
      [other.dockSn],
    )
    await there.sweep(60)
    await other.reports(70, {}, { bid: 'its-own', data: { result: 312_017, output: {} } })
    assert.equal(await there.short(aircraftSn), 'upgrading')
  })

  it('neither hears of another dock nor speaks for it, even if it names that as its aircraft', async () => {
    const there = await withPackage()
    const sn = there.dockSn
    await there.connects(1, 1)
    await there.runs(2, sn, '1')
    await there.open(sn, there.packageId)
    const thief = await site('elsewhere', sn)
    await thief.connects(3, 1)
    await thief.runs(4, thief.dockSn, '1')
    const own = `docks-${++packs}`
    await thief.backend.pack(own, { ...forDocks, fleet: 'elsewhere' })
    await thief.open(thief.dockSn, own)
    await there.relays(5, {
      online: true,
      since: new Date(start).toISOString(),
      aircraft: [],
      firmware: {},
      mode: 'working',
    })
    await thief.sweep(60)
    assert.deepEqual(
      thief.offers().map(({ data }) => data.devices.map((device) => device.sn)),
      [[thief.dockSn]],
    )
    await thief.reports(70, {}, { bid: 'its-own', data: { result: 312_017, output: {} } })
    assert.equal(await there.short(sn), 'pending')
  })

  it('gets no questions or offers in other devices’ protocol', async () => {
    const there = await withPackage()
    const device = there.backend.device(there.dockSn)
    await there.runs(0, there.dockSn, '1')
    await there.open(there.dockSn, there.packageId)
    await device.say(10, { service_id: '$log', event_type: 'log_report', paras: {} })
    assert.deepEqual(there.backend.sent, [])
  })

  it('costs nothing where nobody upgrades it', async () => {
    const there = await site()
    const { items } = await there.backend.rejected.list(there.dockSn, 'all', {})
    await there.runs(1, there.dockSn, '1')
    await there.reports(2, { status: 'ok' }, { bid: 'another-platform' })
    await there.answers(3, 0, 'another-platform')
    assert.deepEqual(items, [])
    assert.equal(await there.backend.upgrades.get(there.dockSn), undefined)
  })

  it('is not upgraded without permission, or with a package for others', async () => {
    const there = await withPackage({ models: ['3-3-0'] })
    const tried = async (sn: string, fleet?: string) => {
      const { status, text } = await there.backend.call('openUpgradeAttempt', {
        params: { deviceId: sn },
        body: { packageId: there.packageId },
        ...(fleet ? { claims: { sub: 'bob', client_id: 'bob', scope: `groundcrew/operate@${fleet}` } } : {}),
      })
      return [status, /"message":"([^"]*)"/.exec(text)?.[1]]
    }
    assert.match(String(await tried('7CTDMSTRANGER')), /^422,is for docks and their aircraft/)
    assert.match(String(await tried(there.dockSn)), /^422,is for some models only/)
    const topology = { at: start, aircraft: [], dockModel: '3-2-0' }
    await world.table.client.send(
      new PutCommand({ TableName: world.table.name, Item: { ...topologyKey(there.dockSn), ...topology } }),
    )
    assert.match(String(await tried(there.dockSn)), /^422,is not for the model 3-2-0/)
    const north = await site('north')
    assert.deepEqual(await tried(north.dockSn, 'south'), [404, undefined])
    assert.match(String(await tried(north.dockSn, 'north')), /^422,is for some models only/)
  })

  it('belongs to the fleet of its dock', async () => {
    const there = await site('north')
    const packageId = `docks-${++packs}`
    await there.backend.pack(packageId, { ...forDocks, fleet: 'north' })
    await there.open(there.dockSn, packageId)
    assert.equal((await there.view(there.dockSn)).fleet, 'north')
  })
})

/** The dock's slot, as an upload takes and frees it. */
const slot = (TableName: string, dockSn: string, upload: string | undefined) =>
  new UpdateCommand({
    TableName,
    Key: dockKey(dockSn),
    ...(upload
      ? { UpdateExpression: 'SET activeUpload = :upload', ExpressionAttributeValues: { ':upload': upload } }
      : { UpdateExpression: 'REMOVE activeUpload' }),
  })
