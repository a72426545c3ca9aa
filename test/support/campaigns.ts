import { routes } from '../../lambdas/contract/routes.ts'
import './quiet-logs.ts'

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { admission } from '../../lambdas/campaigns/admission.ts'
import { manageCampaigns } from '../../lambdas/campaigns/manage.ts'
import { campaignDueKind } from '../../lambdas/campaigns/put.ts'
import { readCampaigns } from '../../lambdas/campaigns/read.ts'
import { offerGuard } from '../../lambdas/campaigns/rollout/offering.ts'
import { CampaignDeviceResults, Campaign as CampaignShape } from '../../lambdas/campaigns/shapes.ts'
import { sweepCampaigns } from '../../lambdas/campaigns/sweep.ts'
import { connectDocks } from '../../lambdas/docks/machines.ts'
import { onHttp } from '../../lambdas/http/on-http.ts'
import { page } from '../../lambdas/http/shapes.ts'
import { readOverview } from '../../lambdas/overview/read.ts'
import { overviewStore } from '../../lambdas/overview/store.ts'
import { type PackageSettings, putPackage } from '../../lambdas/packages/put.ts'
import { packageStore } from '../../lambdas/packages/store.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import { dueItems } from '../../lambdas/sweeps/due-items.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { manageUpgrades } from '../../lambdas/upgrades/manage.ts'
import { upgradeDueKind } from '../../lambdas/upgrades/project-upgrade.ts'
import { registerDevices } from '../../lambdas/upgrades/register-devices.ts'
import { UpgradeAttempt } from '../../lambdas/upgrades/shapes.ts'
import { upgradeStore } from '../../lambdas/upgrades/store.ts'
import { sweepUpgrades } from '../../lambdas/upgrades/sweep.ts'
import { traitStore } from '../../lambdas/upgrades/traits.ts'
import type { DeviceEvent } from '../../protocols/huawei-ota/facts.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { declared } from './declared.ts'
import { answerOf, type Call, eventOf } from './http-calls.ts'

/** Epoch ms at which these tests begin. */
export const start = 1_800_000_000_000

type Served =
  | keyof ReturnType<typeof manageCampaigns>
  | keyof ReturnType<typeof readCampaigns>
  | keyof ReturnType<typeof readOverview>
  | keyof ReturnType<typeof manageUpgrades>
  | keyof ReturnType<typeof registerDevices>

/** What a device says, without its id. */
export type Said =
  | { kind: 'upgradeReport'; resultCode: number; percent?: number; version?: string }
  | { kind: 'versionReport'; firmware?: string; software?: string }

const Devices = page(UpgradeAttempt)

/** The functions that make, read and sweep campaigns, on a table; `clock` is theirs. */
export const wireCampaigns = (table: Table, clock: { now: number } = { now: start }) => {
  const now = () => clock.now
  const upgrades = upgradeStore(table, now)
  const sent: DeviceMessage[] = []
  const publish = async (message: DeviceMessage) => void sent.push(message)
  const packages = packageStore(table)
  const traits = traitStore(table)
  const docks = connectDocks(table)
  const use = { table, upgrades, packages, traits, docks, refusalOf: admission(table), publish, now, newId }
  const handle = onHttp(routes, () => ({
    ...manageCampaigns(use),
    ...readCampaigns({ ...use, readPackage: packages.get }),
    ...readOverview({ overview: overviewStore(table), now }),
    ...manageUpgrades(use),
    ...registerDevices(use),
  }))
  const call = async (route: Served, request: Call = {}) =>
    declared(route, answerOf(await handle(eventOf(route, request))))
  const done = async (route: Served, request: Call) => {
    const answer = await call(route, request)
    assert.ok(answer.status < 300, answer.text)
    return answer.body
  }
  const sweepDevices = sweepUpgrades({
    due: dueItems(table, upgradeDueKind),
    upgrades,
    docks,
    publish,
    now,
    readPackage: packages.get,
    linkTo: async ({ file }) => ({ url: `https://storage/${file.key}`, expiresAt: now() + 3_600_000 }),
    campaignAllows: offerGuard(table),
  })
  let reports = 0

  /** Its file is proved to be in storage. */
  const prove = async (id: string) => {
    const known = await packages.get(id)
    assert.ok(known)
    const file = { name: 'a.bin', size: 1, sha256: '00', md5: '00', key: id, etag: 'e' }
    assert.ok(await packages.setFile(known, { ...file, state: 'arrived' }, now()))
    assert.ok(await packages.settleFile(id, { ...file, state: 'proved', provedAt: now() }, 'arrived'))
  }

  return {
    clock,
    upgrades,
    packages,
    sent,
    call,
    done,

    /** A package that is proved to be in storage, to firmware 2.0 unless said otherwise. */
    havePackage: async (id: string, settings: Partial<PackageSettings> = {}) => {
      const given: PackageSettings = {
        name: id,
        version: '2.0',
        package: 'firmware',
        machines: 'devices',
        ...settings,
      }
      const known = await putPackage(table, id, given, { fleets: 'all', by: 'ann', now: now() })
      assert.ok(typeof known === 'object')
      await prove(id)
    },
    prove,

    /** The campaign `spring` to firmware 2.0, unless said otherwise. */
    put: (id: string, settings: object = {}, claims?: Call['claims']) =>
      call('putCampaign', {
        params: { id },
        body: {
          name: 'Spring',
          package: 'firmware',
          targetVersion: '2.0',
          timeoutSeconds: 3600,
          ...settings,
        },
        ...(claims ? { claims } : {}),
      }),

    /** What became of each device, `device-1 opened`. */
    add: async (
      id: string,
      deviceIds: readonly string[],
      { claims, ...more }: { claims?: Call['claims'] | undefined; retry?: boolean } = {},
    ) => {
      const body = { deviceIds, ...more }
      const answer = await done('addCampaignDevices', { params: { id }, body, ...(claims ? { claims } : {}) })
      return CampaignDeviceResults.parse(answer).results.map((one) => `${one.deviceId} ${one.outcome}`)
    },

    look: async (id: string) => CampaignShape.parse(await done('getCampaign', { params: { id } })),

    /** A page of its devices, `device-1 pending`. */
    devices: async (id: string, query: Record<string, string> = {}, claims?: Call['claims']) => {
      const answer = await done('listCampaignDevices', {
        params: { id },
        query,
        ...(claims ? { claims } : {}),
      })
      const { items, next } = Devices.parse(answer)
      return { items: items.map(({ deviceId, state }) => `${deviceId} ${state}`), next }
    },

    say: (
      deviceId: string,
      said: Said,
      { receivedAt = clock.now, receiptId = randomUUID() as string } = {},
    ) => {
      const event: DeviceEvent = { ...said, deviceId }
      // The clock may stand still between two reports; the order in which they come does not.
      const receipt = { receivedAt, receiptId, place: ++reports }
      return upgrades.record(deviceId, deviceId, [{ event, receipt, index: 0 }])
    },

    sweep: sweepCampaigns({ ...use, due: dueItems(table, campaignDueKind) }),
    /** Asks those that are due, lets a minute for their answers pass, and concludes. */
    concludeDevices: async () => {
      await sweepDevices()
      clock.now += 60_000
      await sweepDevices()
    },
    sweepDevices,
  }
}

export type Campaigns = ReturnType<typeof wireCampaigns>

/** A caller with these rights, such as `operate@north`. */
export const callerWith = (...rights: string[]): NonNullable<Call['claims']> => ({
  sub: 'ann',
  username: 'ann',
  'cognito:groups': rights,
})

export const fails = (resultCode = 4): Said => ({ kind: 'upgradeReport', resultCode })
export const advances = (percent: number, version = '1.0'): Said => ({
  kind: 'upgradeReport',
  resultCode: 0,
  percent,
  version,
})
export const runs = (firmware: string): Said => ({ kind: 'versionReport', firmware })

export const someIds = (count: number, prefix = 'device'): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(4, '0')}`)
