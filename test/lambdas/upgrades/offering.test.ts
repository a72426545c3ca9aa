import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { openAttempt } from '../../../lambdas/upgrades/attempts.ts'
import type { Attempt } from '../../../lambdas/upgrades/state.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable } from '../../support/failing-table.ts'
import { openTable, type Usage } from '../../support/table.ts'
import {
  fault,
  logLine,
  progress,
  type Sent,
  start,
  time,
  versions,
  wireUpgrades,
} from '../../support/upgrades.ts'

const Message = z.object({
  object_device_id: z.string(),
  services: z
    .array(
      z.object({
        service_id: z.literal('$ota'),
        event_type: z.string(),
        paras: z.looseObject({ url: z.optional(z.string()) }),
      }),
    )
    .length(1),
})

/** What a device was sent, in order: the kind of each message, of an offer with its link’s number. */
const toldTo = (deviceId: string, sent: readonly Sent[]): string[] =>
  sent.flatMap(({ payload }) => {
    const { object_device_id, services } = Message.parse(JSON.parse(payload))
    if (object_device_id !== deviceId) return []
    const link = /link=(\d+)/.exec(services[0]?.paras.url ?? '')?.[1]
    return [[services[0]?.event_type, link].filter(Boolean).join(' ')]
  })

const minutes = (count: number): number => count * 60

describe('a device with a driven attempt', () => {
  const world = openTable()

  let packs = 0
  /** A device with an attempt at a package of its own. */
  const driven = async (
    settings: Parameters<ReturnType<typeof wireUpgrades>['pack']>[1] = {},
    more: object = {},
    table = world.table,
  ) => {
    const backend = wireUpgrades(table)
    const device = backend.device()
    const packageId = `pack-${++packs}`
    await backend.pack(packageId, settings)
    const { status, body, text } = await device.tryOpen('', {
      package: undefined,
      targetVersion: undefined,
      packageId,
      ...more,
    })
    assert.equal(status, 202, text)
    const at = (seconds: number) => {
      backend.clock.now = start + seconds * 1000
    }
    const told = () => toldTo(device.deviceId, backend.sent)
    return { backend, device, packageId, body, at, told, id: z.object({ id: z.string() }).parse(body).id }
  }

  /** A device with an attempt in a campaign that drives its devices, as that opens it. */
  const hasTurn = async (campaignId: string) => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id: packageId } = await backend.pack(`pack-${++packs}`)
    const attempt: Attempt = {
      id: newId(start),
      package: 'firmware',
      target: 'v2',
      openedAt: start,
      timeoutSeconds: 86_400,
      proveSeconds: 900,
      campaignId,
      packageId,
      requestedBy: 'ann',
    }
    const opening = { replace: false, now: start }
    assert.equal(await openAttempt(world.table, device.deviceId, undefined, attempt, opening), 'opened')
    return { backend, device, told: () => toldTo(device.deviceId, backend.sent) }
  }

  describe('is offered its package', () => {
    it('in the older way if its package says so, with a token of its own', async () => {
      for (const [kind, type] of [
        ['firmware', 'firmware_upgrade'],
        ['software', 'software_upgrade'],
      ] as const) {
        const { backend, device } = await driven({ offer: 'v1', package: kind })
        await device.say(7, kind === 'firmware' ? versions('v1') : versions(undefined, 'v1'))
        const [service] = Message.parse(JSON.parse(backend.sent[1]?.payload ?? '')).services
        assert.equal(service?.event_type, type)
        assert.deepEqual(
          [service?.paras.access_token, service?.paras.expires],
          [`token of ${device.deviceId}`, 3600],
        )
      }
    })

    it('when it has reported another version than the target, with a link signed at that time', async () => {
      const { backend, device, packageId, body, id, told } = await driven({ customInfo: '{"slot":"b"}' })
      assert.deepEqual(body, {
        id,
        deviceId: device.deviceId,
        package: 'firmware',
        targetVersion: 'v2',
        state: 'pending',
        openedAt: time(0),
        silentAt: time(86_400),
        timeoutSeconds: 86_400,
        proveSeconds: 900,
        requestedBy: 'machine-1',
        packageId,
        waitingFor: 'version',
      })
      await device.say(7, versions('v1'))
      assert.deepEqual(told(), ['version_query', 'firmware_upgrade_v2 1'])
      const offer = backend.sent[1]
      assert.equal(offer?.topic, `oc/devices/${device.deviceId}/sys/events/down`)
      assert.equal(offer?.expiresInSeconds, minutes(30))
      assert.deepEqual(JSON.parse(offer?.payload ?? ''), {
        object_device_id: device.deviceId,
        services: [
          {
            service_id: '$ota',
            event_type: 'firmware_upgrade_v2',
            event_time: '20270115T080007Z',
            paras: {
              version: 'v2',
              url: `https://storage/p/${packageId}?link=1`,
              file_size: 5,
              file_name: 'fw.bin',
              expires: 3600,
              sign: 'ab'.repeat(32),
              custom_info: '{"slot":"b"}',
            },
          },
        ],
      })
      const { state, attempt } = await device.view()
      assert.deepEqual(
        [state, attempt?.deliveries, attempt?.offeredAt, attempt?.waitingFor],
        ['upgrading', 1, time(7), 'report'],
      )
    })

    it('with a link with an explicit port if its SDK needs that', async () => {
      const { backend, device, told } = await driven()
      const sdkInfo = { service_id: '$sdk_info', event_type: 'sdk_info_report' }
      await device.say(6, { ...sdkInfo, paras: { device_sdk_version: 'C_v1.2.1' } })
      await device.say(7, versions('v1'))
      assert.equal(told().at(-1), 'firmware_upgrade_v2 1')
      assert.match(backend.sent.at(-1)?.payload ?? '', /"https:\/\/storage:443\/p\//)
    })

    it('of software as software, through the gateway that it is behind', async () => {
      const { backend, device, told } = await driven({ package: 'software' })
      const gateway = backend.device()
      await device.register({ parentId: gateway.deviceId })
      const spoken = gateway.message([versions('v2', 'v1')], { at: 5, about: device.deviceId })
      assert.deepEqual(await backend.ingest(batchOf(spoken)), [])
      assert.deepEqual(told().slice(1), ['software_upgrade_v2 1'])
      assert.equal(backend.sent[1]?.topic, `oc/devices/${gateway.deviceId}/sys/events/down`)
    })

    it('also if a forwarder delivers its message', async () => {
      const { backend, device, told } = await driven()
      const body = [{ deviceId: device.deviceId, body: { services: [versions('v1')] } }]
      await backend.must(200, 'takeDeviceEvents', { body })
      assert.deepEqual(told().slice(1), ['firmware_upgrade_v2 1'])
    })

    it('once, however often its message comes, even concurrently', async () => {
      const { backend, device, told } = await driven()
      const word = batchOf(device.message([versions('v1')], { at: 5 }))
      const again = batchOf(device.message([versions('v1'), logLine], { at: 5 }))
      backend.clock.now = start + 5000
      await Promise.all([word, again, word, again].map((one) => backend.ingest(one)))
      await backend.ingest(word)
      assert.deepEqual(told().filter((one) => one.startsWith('firmware')).length, 1)
      assert.equal((await device.view()).attempt?.deliveries, 1)
    })

    it('also if it is written to at that very moment', async () => {
      let isWritten = false
      const { device } = await driven()
      const interrupted = failingTable(world.table, async (call) => {
        if (isWritten || !call.includes('offered')) return undefined
        isWritten = true
        await device.say(5, progress(10, 'v1'))
        return undefined
      })
      const backend = wireUpgrades(interrupted)
      await backend.device(device.deviceId).say(6, versions('v1'))
      assert.ok(isWritten)
      assert.equal((await device.view()).attempt?.deliveries, 1)
    })

    it('and runs it in the end: nothing more is sent', async () => {
      const { device, told } = await driven()
      await device.say(5, versions('v1'))
      await device.say(9, progress(40, 'v1'))
      await device.say(20, progress(100, 'v1'))
      await device.say(60, versions('v2'))
      assert.deepEqual(told(), ['version_query', 'firmware_upgrade_v2 1', 'version_query'])
      assert.equal(await device.short(), 'succeeded confirmed')
      assert.deepEqual((await device.view()).attempt?.deliveries, 1)
    })
  })

  describe('is offered nothing', () => {
    it('where it runs the target', async () => {
      const { device, told } = await driven()
      await device.say(5, versions('v2'))
      await device.say(9, logLine)
      assert.deepEqual(told(), ['version_query'])
      const { state, attempt } = await device.view()
      assert.deepEqual([state, attempt?.alreadyRunning, attempt?.deliveries], ['succeeded', true, undefined])
    })

    it('if the package is not for the version that it runs: the attempt has failed, and says why', async () => {
      const { backend, device, told } = await driven({ from: ['v1.8', 'v1.9'] })
      await device.say(5, versions('v1'))
      assert.deepEqual(told(), ['version_query'])
      const { state, attempt } = await device.view()
      assert.deepEqual(
        [state, attempt?.failure?.code, attempt?.failure?.retryable, attempt?.reportedVersion],
        ['failed', 'sourceNotAllowed', false, 'v1'],
      )
      const listed = await backend.call('listUpgrades', { query: { state: 'failed', limit: '200' } })
      assert.ok(listed.text.includes(`"${device.deviceId}"`))
      const allowed = await driven({ from: ['v1', 'v1.9'] })
      await allowed.device.say(5, versions('v1'))
      assert.deepEqual(allowed.told().slice(1), ['firmware_upgrade_v2 1'])
    })

    it('if its package needs a token, and such downloads are not deployed', async () => {
      const { backend, device, told } = await driven({ offer: 'v1' })
      backend.storage.downloadsOff = true
      await device.say(5, versions('v1'))
      assert.deepEqual(told(), ['version_query'])
      const { failure } = await device.view()
      assert.deepEqual([failure?.code, failure?.retryable], ['downloadsOff', false])
      assert.match(failure?.advice ?? '', /packageDownloads/)
    })

    it('if storage has something else than the proved file', async () => {
      const { backend, device, told } = await driven()
      backend.storage.altered = true
      await device.say(5, versions('v1'))
      assert.deepEqual(told(), ['version_query'])
      assert.equal((await device.view()).failure?.code, 'packageUnavailable')
    })

    it('where another platform upgrades it', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.open()
      await device.say(5, versions('v1'))
      await device.say(9, fault(6))
      assert.deepEqual(toldTo(device.deviceId, backend.sent), [])
      const { state, attempt } = await device.view()
      assert.deepEqual([state, attempt?.packageId, attempt?.waitingFor], ['failed', undefined, undefined])
    })

    it('where its attempt was closed, or has failed', async () => {
      const closed = await driven()
      await closed.device.close(closed.id)
      await closed.device.say(5, versions('v1'))
      assert.deepEqual(closed.told(), ['version_query'])
      const failed = await driven()
      await failed.device.say(5, versions('v1'))
      await failed.device.say(6, fault(5))
      await failed.device.say(minutes(60), versions('v1'))
      assert.deepEqual(failed.told().slice(1), ['firmware_upgrade_v2 1'])
      assert.equal(await failed.device.short(), 'failed')
    })

    it('while its campaign does not allow it, and then at its next message', async () => {
      const campaignId = `held-${++packs}`
      const { backend, device, told } = await hasTurn(campaignId)
      for (const answer of ['paused', 'outsideWindow', 'paceUsedUp', 'ended'] as const) {
        backend.campaigns.say = answer
        await device.say(5, versions('v1'))
      }
      assert.deepEqual(told(), [])
      assert.equal((await device.view()).attempt?.waitingFor, 'campaign')
      backend.campaigns.say = 'yes'
      await device.say(6, logLine)
      assert.deepEqual(told(), ['firmware_upgrade_v2 1'])
      assert.deepEqual(new Set(backend.campaigns.asked), new Set([`${campaignId} ${device.deviceId}`]))
      await device.say(7, fault(6))
      assert.equal(backend.campaigns.asked.length, 6)
    })
  })

  describe('has a new link', () => {
    it('when the package did not arrive, three links in all', async () => {
      const { device, told } = await driven()
      await device.say(5, versions('v1'))
      await device.say(100, fault(6))
      assert.deepEqual(told().slice(1), ['firmware_upgrade_v2 1', 'firmware_upgrade_v2 2'])
      assert.deepEqual([await device.short(), (await device.view()).attempt?.deliveries], ['upgrading', 2])
      await device.say(300, fault(6))
      await device.say(500, fault(6, 'v1', { description: 'no route' }))
      assert.equal(told().length, 4)
      const { state, failure, attempt } = await device.view()
      assert.deepEqual([state, failure?.code, attempt?.description], ['failed', 6, 'no route'])
      await device.say(600, versions('v2'))
      assert.equal(await device.short(), 'succeeded confirmed')
    })

    it('when it fell silent, is asked, and still runs the old version', async () => {
      const { backend, device, at, told } = await driven()
      await device.say(5, versions('v1'))
      at(5 + minutes(30))
      await backend.sweep()
      await backend.sweep()
      assert.deepEqual(told().slice(2), ['version_query'])
      await device.say(10 + minutes(30), versions('v1'))
      assert.deepEqual(told().slice(3), ['firmware_upgrade_v2 2'])
    })

    it('when it speaks after a silence without an answer', async () => {
      const { backend, device, at, told } = await driven()
      await device.say(5, versions('v1'))
      at(minutes(31))
      await backend.sweep()
      await device.say(minutes(50), logLine)
      assert.deepEqual(told().slice(2), ['version_query', 'version_query'])
      await device.say(minutes(50) + 1, versions('v1'))
      assert.deepEqual(told().slice(4), ['firmware_upgrade_v2 2'])
    })

    it('not because a message is delivered twice, but later if nothing else comes', async () => {
      const { backend, device, at, told } = await driven()
      await device.say(5, versions('v1'))
      await device.say(100, fault(6))
      await device.say(101, fault(6))
      assert.equal(told().length, 3)
      at(161)
      await backend.sweep()
      assert.deepEqual(told().slice(3), ['version_query'])
      await device.say(162, versions('v1'))
      assert.deepEqual(told().slice(4), ['firmware_upgrade_v2 3'])
    })
  })

  it('that does not tell its version is asked three times more, the last time for as long as we wait', async () => {
    const { backend, device, at, told } = await driven()
    for (let minute = 1; minute <= 30; minute++) {
      at(minutes(minute))
      await backend.sweep()
    }
    assert.deepEqual(told(), Array(4).fill('version_query'))
    const lasts = backend.sent.map(({ expiresInSeconds }) => expiresInSeconds)
    assert.deepEqual(lasts, [60, 3600, 3600, 86_400 - minutes(9)])
    assert.equal((await device.view()).attempt?.waitingFor, 'device')
    await device.say(minutes(40), logLine)
    assert.deepEqual(told().slice(4), ['version_query'])
  })

  it('that never speaks ends as never heard, which differs from silence', async () => {
    const { backend, device } = await driven({}, { timeoutSeconds: 600 })
    await backend.conclude(600)
    const { state, failure } = await device.view()
    assert.deepEqual([state, failure?.code, failure?.retryable], ['timedOut', 'neverHeard', true])
    const silent = await driven({}, { timeoutSeconds: 600 })
    await silent.device.say(5, versions('v1'))
    await silent.backend.conclude(605)
    assert.equal((await silent.device.view()).failure?.code, 'silent')
  })

  describe('is offered it after all', () => {
    it('if signing failed: its message is retried', async () => {
      const { backend, device, told } = await driven()
      const word = device.message([versions('v1')], { at: 5 })
      backend.storage.failing = true
      assert.deepEqual(await backend.ingest(batchOf(word)), [word.messageId])
      backend.storage.failing = false
      assert.deepEqual(await backend.ingest(batchOf(word)), [])
      assert.deepEqual(told().slice(1), ['firmware_upgrade_v2 1'])
    })

    it('if its message is not retried: it is asked', async () => {
      const { backend, device, at, told } = await driven()
      backend.storage.failing = true
      const word = device.message([versions('v1')], { at: 5 })
      await backend.ingest(batchOf(word))
      backend.storage.failing = false
      at(5 + minutes(3))
      await backend.sweep()
      assert.deepEqual(told().slice(1), ['version_query'])
      await device.say(6 + minutes(3), versions('v1'))
      assert.deepEqual(told().slice(2), ['firmware_upgrade_v2 1'])
    })

    it('if sending failed: it is asked half an hour later, and the offer counts', async () => {
      const { backend, device, at, told } = await driven()
      const word = device.message([versions('v1')], { at: 5 })
      backend.clock.now = start + 5000
      backend.broker.failing = true
      assert.deepEqual(await backend.ingest(batchOf(word)), [word.messageId])
      backend.broker.failing = false
      assert.deepEqual(await backend.ingest(batchOf(word)), [])
      assert.deepEqual(told(), ['version_query'])
      at(5 + minutes(30))
      await backend.sweep()
      await device.say(9 + minutes(30), versions('v1'))
      assert.deepEqual(told().slice(1), ['version_query', 'firmware_upgrade_v2 2'])
    })
  })

  describe('costs', () => {
    const consumed = () => {
      const sum = (kind: Usage['kind']) =>
        world.used.filter((usage) => usage.kind === kind).reduce((total, { units }) => total + units, 0)
      return { writes: sum('write'), reads: sum('read') }
    }

    it('one write unit for the state of a report, one for the history, and no read, as any other', async () => {
      const { device } = await driven({}, { timeoutSeconds: 86_400 })
      const version = 'RTU-3200.FW_1.4.12-rc3+20260105'
      await device.say(5, versions(version, `SW_${version}`))
      await device.say(9, progress(1, version))
      world.used.splice(0)
      for (let percent = 2; percent < 12; percent++)
        await device.say(
          percent * 10,
          progress(percent, version, { description: 'block was written to flash' }),
        )
      assert.deepEqual(consumed(), { writes: 20, reads: 0 })
    })

    it('for an offer reads of the package and of its SDK and two writes more than the version report', async () => {
      const { device } = await driven()
      world.used.splice(0)
      await device.say(5, versions('v1'))
      assert.deepEqual(consumed(), { writes: 3 + 2, reads: 1.5 })
    })
  })
})
