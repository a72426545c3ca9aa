import { upgradeRoutes } from '../../lambdas/upgrades/routes.ts'
import './quiet-logs.ts'

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { SQSRecord } from 'aws-lambda'
import type * as z from 'zod/mini'
import { admission } from '../../lambdas/campaigns/admission.ts'
import { campaignStore } from '../../lambdas/campaigns/store.ts'
import type { RouteName } from '../../lambdas/contract/routes.ts'
import { connectDocks } from '../../lambdas/docks/machines.ts'
import { onHttp } from '../../lambdas/http/on-http.ts'
import { page } from '../../lambdas/http/shapes.ts'
import type { PackageLinks } from '../../lambdas/packages/link.ts'
import type { PackageFile, UpgradePackage } from '../../lambdas/packages/package.ts'
import { type PackageSettings, putPackage } from '../../lambdas/packages/put.ts'
import { packageStore } from '../../lambdas/packages/store.ts'
import { rejectedStore } from '../../lambdas/rejected/store.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import { dueItems } from '../../lambdas/sweeps/due-items.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { manageUpgrades } from '../../lambdas/upgrades/manage.ts'
import { type CampaignAllows, sendToDevice } from '../../lambdas/upgrades/offer.ts'
import { upgradeDueKind } from '../../lambdas/upgrades/project-upgrade.ts'
import { readUpgrades } from '../../lambdas/upgrades/read.ts'
import { upgradeReader } from '../../lambdas/upgrades/reader.ts'
import { recordUpgrades } from '../../lambdas/upgrades/record.ts'
import { registerDevices } from '../../lambdas/upgrades/register-devices.ts'
import { Report, Upgrade, UpgradeAttempt } from '../../lambdas/upgrades/shapes.ts'
import { signStore } from '../../lambdas/upgrades/signs.ts'
import { upgradeStore } from '../../lambdas/upgrades/store.ts'
import { sweepUpgrades } from '../../lambdas/upgrades/sweep.ts'
import { takeDeviceEvents } from '../../lambdas/upgrades/take-device-events.ts'
import { traitStore } from '../../lambdas/upgrades/traits.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { declared } from './declared.ts'
import { batchOf, queued } from './dock-messages.ts'
import { type Answer, answerOf, type Call, eventOf } from './http-calls.ts'
import type { Backend } from './story.ts'

/** Devices that are upgraded, and all of ours that has to do with it, on a table and with a fake broker. */

/** Epoch ms at which these stories begin. */
export const start = 1_800_000_000_000

/** As the views have it: that many seconds after the beginning. */
export const time = (seconds: number): string => new Date(start + seconds * 1000).toISOString()

/** A service of a message, in the vendor's words. */
export type Service = { service_id: string; event_type: string; event_time?: string; paras: object | null }

/** An upgrade report; without a version it says none. */
export const progress = (percent: number | undefined, version?: string, more: object = {}): Service => ({
  service_id: '$ota',
  event_type: 'upgrade_progress_report',
  paras: { result_code: 0, progress: percent, version, ...more },
})

/** A report of a fault: some devices name the target beside it. */
export const fault = (code: number, version = 'v1', more: object = {}): Service =>
  progress(0, version, { result_code: code, ...more })

export const versions = (firmware?: string, software?: string): Service => ({
  service_id: '$ota',
  event_type: 'version_report',
  paras: { fw_version: firmware, sw_version: software },
})

/** What devices say of their logs, which is not ours. */
export const logLine: Service = {
  service_id: '$log',
  event_type: 'log_report',
  paras: { type: 'DEVICE_STATUS', content: 'connect complete' },
}

export type UpgradeView = z.infer<typeof Upgrade>
export type AttemptView = z.infer<typeof UpgradeAttempt>
export type Sent = DeviceMessage & { expiresInSeconds: number | undefined }
type Envelope = { at?: number; source?: string; receiptId?: string; about?: string }

/** A state in a line: `upgrading matched`, `succeeded confirmed`, `rolledBack`. */
export const inShort = ({ state, evidence }: Pick<UpgradeView, 'state' | 'evidence'>) =>
  [state ?? 'none', evidence].filter(Boolean).join(' ')

let devices = 0

/** Of one length, so that none is part of another. */
const newDeviceId = (): string => `device-${String(++devices).padStart(4, '0')}`

/**
 * The functions on a table. `clock` is theirs and stands still; `failing` makes the broker refuse what it is
 * given.
 */
export const wireUpgrades = (table: Table) => {
  const clock = { now: start }
  const broker = { failing: false }
  const sent: Sent[] = []
  const now = () => clock.now
  const upgrades = upgradeStore(table, now)
  const rejected = rejectedStore(table)
  const publish = async (
    message: DeviceMessage,
    { expiresInSeconds }: { expiresInSeconds?: number } = {},
  ) => {
    if (broker.failing) throw new Error('broker is broken: internal text')
    sent.push({ ...message, expiresInSeconds })
  }
  const signs = signStore(table)
  const traits = traitStore(table)
  const packages = packageStore(table)
  const storage: Storage = { links: 0, failing: false, altered: false, downloadsOff: false }
  const campaigns: { say: Awaited<ReturnType<CampaignAllows>>; asked: string[] } = { say: 'yes', asked: [] }
  const offering = {
    readPackage: packages.get,
    linkTo: linksOf(storage, now),
    sendOffer: sendToDevice(publish, signs),
    campaignAllows: async ({ campaignId, deviceId }: Parameters<CampaignAllows>[0]) => {
      campaigns.asked.push(`${campaignId} ${deviceId}`)
      return campaigns.say
    },
  }
  const use = {
    table,
    upgrades,
    rejected,
    signs,
    packages,
    traits,
    publish,
    now,
    newId,
    refusalOf: admission(table),
    docks: connectDocks(table),
    ...offering,
  }
  const handle = onHttp(upgradeRoutes, () => ({
    ...registerDevices(use),
    ...manageUpgrades(use),
    ...readUpgrades({ upgrades: upgradeReader(table), signs, traits, now }),
    ...takeDeviceEvents(use),
  }))
  const call = async (route: RouteName, of: Call = {}): Promise<Answer> =>
    declared(route, answerOf(await handle(eventOf(route, of))))
  const ingest = recordUpgrades({ ...use, tellTime: publish })
  const must = async (status: number, route: RouteName, of: Call): Promise<unknown> => {
    const answer = await call(route, of)
    assert.equal(answer.status, status, answer.text)
    return answer.body
  }

  const device = (deviceId = newDeviceId()) => {
    const message = (services: unknown, { at, source, receiptId, about }: Envelope = {}): SQSRecord =>
      queued({
        dockSn: source ?? deviceId,
        payload: { ...(about ? { object_device_id: about } : {}), services },
        receivedAt: at === undefined ? clock.now : start + at * 1000,
        receiptId: receiptId ?? randomUUID(),
      })
    const params = { deviceId }
    const view = async (): Promise<UpgradeView> => Upgrade.parse(await must(200, 'getUpgrade', { params }))
    return {
      deviceId,
      message,
      /** Lets a message come, that many seconds after the beginning; the clock follows. */
      say: async (at: number, ...services: Service[]): Promise<void> => {
        clock.now = Math.max(clock.now, start + at * 1000)
        assert.deepEqual(await ingest(batchOf(message(services, { at }))), [])
      },
      register: (settings: object = {}) => must(200, 'registerDevice', { params, body: settings }),
      tryOpen: (targetVersion = 'v2', more: object = {}, of: Call = {}) =>
        call('openUpgradeAttempt', { params, body: { package: 'firmware', targetVersion, ...more }, ...of }),
      /** Without the question that opening sends. */
      open: async (targetVersion = 'v2', more: object = {}): Promise<AttemptView> => {
        const body = { package: 'firmware', targetVersion, ...more }
        const opened = await must(202, 'openUpgradeAttempt', { params, body })
        const asked = sent.findLastIndex(({ payload }) => payload.includes(`"${deviceId}"`))
        if (asked >= 0) sent.splice(asked, 1)
        return UpgradeAttempt.parse(opened)
      },
      close: (id: string, of: Call = {}) => call('closeUpgradeAttempt', { params: { ...params, id }, ...of }),
      view,
      short: async () => inShort(await view()),
      attempts: async (): Promise<AttemptView[]> =>
        page(UpgradeAttempt).parse(await must(200, 'listUpgradeAttempts', { params })).items,
      reports: async (id: string) =>
        page(Report).parse(await must(200, 'listUpgradeReports', { params: { ...params, id } })).items,
    }
  }

  /** A package whose file is proved; `file` says otherwise. */
  const pack = async (
    id: string,
    settings: Partial<PackageSettings> = {},
    file: Partial<PackageFile> = {},
  ): Promise<UpgradePackage> => {
    const made = await putPackage(
      table,
      id,
      { name: id, version: 'v2', package: 'firmware', machines: 'devices', ...settings },
      { fleets: 'all', by: 'ann', now: clock.now },
    )
    assert.ok(typeof made === 'object', String(made))
    const whole = { name: 'fw.bin', size: 5, sha256: 'ab'.repeat(32), md5: 'cd'.repeat(16), key: `p/${id}` }
    const known = await packages.setFile(
      made,
      { ...whole, state: 'proved', provedAt: clock.now, ...file },
      undefined,
    )
    assert.ok(known)
    return known
  }

  /** A campaign that lets any device in that is upgraded so. */
  const campaign = (id: string, target = 'v2') =>
    campaignStore(table).put(
      id,
      { name: id, package: 'firmware', target, timeoutSeconds: 3600, proveSeconds: 900 },
      { fleets: 'all', by: 'ann', callerId: 'ann', changers: ['ann'], now: clock.now, found: 'none' },
    )

  const sweepAll = (reading: () => unknown = () => {}) =>
    sweepUpgrades({
      ...use,
      due: dueItems(table, upgradeDueKind),
      upgrades: {
        ...upgrades,
        get: async (deviceId) => {
          const device = await upgrades.get(deviceId)
          await reading()
          return device
        },
      },
    })()

  return {
    campaign,
    pack,
    packages,
    storage,
    campaigns,
    offering,
    clock,
    broker,
    sent,
    upgrades,
    rejected,
    signs,
    call,
    must,
    ingest,
    device,
    /** `reading`: what happens while the sweep has read a device and not yet concluded. */
    sweep: sweepAll,
    /** Asks what is due at this second, lets a minute for the answer pass, and concludes. */
    conclude: async (at: number): Promise<void> => {
      for (const seconds of [at, at + 60]) {
        clock.now = start + seconds * 1000
        await sweepAll()
      }
    },
    /** What a source sent that was not understood, a line for each reason. */
    rejections: async (source: string) =>
      (await rejected.list(source, 'all', {})).items.map(
        ({ reason, path, count }) => `${reason} ${path} ${count}`,
      ),
  }
}

/** Storage that signs links, counted, unless it fails or holds something else than was proved. */
type Storage = { links: number; failing: boolean; altered: boolean; downloadsOff: boolean }

const linksOf =
  (storage: Storage, now: () => number): PackageLinks =>
  async ({ file, offer }, seconds, deviceId) => {
    if (storage.failing) throw new Error('storage is broken: internal text')
    if (storage.altered) return 'altered'
    if (offer === 'v1' && storage.downloadsOff) return 'downloadsOff'
    storage.links += 1
    return {
      ...(offer === 'v1' && { token: `token of ${deviceId}` }),
      url: `https://storage/${file.key}?link=${storage.links}`,
      expiresAt: now() + seconds * 1000,
    }
  }

export type Upgrades = ReturnType<typeof wireUpgrades>

/** What an operator does with one device, over HTTP and nothing else. */
export const deviceStory = (backend: Backend, deviceId: string) => {
  const path = `/v1/devices/${deviceId}`
  const view = async () => Upgrade.parse(await backend.must('GET', `${path}/upgrade`))
  return {
    deviceId,
    view,
    register: (settings: object = {}) => backend.must('PUT', path, settings),
    open: async (targetVersion: string, more: object = {}): Promise<AttemptView> => {
      const body = { package: 'firmware', targetVersion, ...more }
      return UpgradeAttempt.parse(await backend.must('POST', `${path}/upgrade-attempts`, body))
    },
    drive: async (packageId: string): Promise<AttemptView> =>
      UpgradeAttempt.parse(await backend.must('POST', `${path}/upgrade-attempts`, { packageId })),
    /** Once there are so many: the state may be seen before the row of what brought it about. */
    reports: async (id: string, atLeast = 0) => {
      await backend.untilCaughtUp()
      return backend.until(
        async () =>
          page(Report).parse(await backend.must('GET', `${path}/upgrade-attempts/${id}/reports`)).items,
        ({ length }) => length >= atLeast,
      )
    },
    /** The device, once it is as wanted. */
    until: (wanted: (view: UpgradeView) => boolean) => backend.until(view, wanted),
  }
}
