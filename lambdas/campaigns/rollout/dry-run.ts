import type { UpgradePackage } from '../../packages/package.ts'
import { eachOf } from '../../runtime/each-of.ts'
import type { Table } from '../../table/client.ts'
import { deviceKey } from '../../table/keys.ts'
import { readAll } from '../../table/pages.ts'
import { defaultFleet } from '../../table/settings.ts'
import { isOpen } from '../../upgrades/attempts.ts'
import { readDevice } from '../../upgrades/devices.ts'
import type { DockOnSite, Docks } from '../../upgrades/docks/needs.ts'
import { cut } from '../rules/cut.ts'
import type { Campaign } from '../store.ts'
import type { DryReason } from './reasons.ts'
import { rolloutRows } from './rows.ts'
import { type Described, pageOf, selectedPage, withTraits } from './selection.ts'

/**
 * What a campaign would do if it were started now: how many devices would take part in which phase, and why
 * others would not. Only reads. A device that already runs the target takes part, and is sent nothing.
 */

export type DryRun = {
  takePart: number
  phases: { name: string; devices: number }[]
  leftOut: number
  /** Among those that take part. */
  alreadyCurrent: number
  versionUnknown: number
  others: { reason: DryReason; devices: number; examples: string[] }[]
  /** Whether all devices were read: there may be more than one request can read. */
  complete: boolean
}

/** The most devices that one request reads. */
const maxRead = 20_000
const maxExamples = 5

type Needs = {
  table: Table
  upgradePackage: UpgradePackage | undefined
  docks: Docks
  now: () => number
  until: number
}

export const dryRun = async (use: Needs, campaign: Campaign): Promise<DryRun> => {
  const { table, now, upgradePackage } = use
  const ids = new Map<string, Described | undefined>()
  const chosen = (await rolloutRows(table, campaign.id).chosen()).map(({ deviceId }) => deviceId)
  const isRead = (await readChosen(use, chosen, ids)) && (await readSelected(use, campaign, ids))
  const isForDocks = upgradePackage?.machines === 'docks'
  const isWhole = isRead && (!isForDocks || (await describeDocks(use, ids)))
  const reasons = new Map<DryReason, string[]>()
  const takePart: { deviceId: string; known: Described | undefined }[] = []
  for (const [deviceId, known] of ids) {
    const hasNoDock = isForDocks && !known
    const reason = hasNoDock ? 'noDock' : skipReasonOf(campaign, upgradePackage, known, now())
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), deviceId])
    else takePart.push({ deviceId, known })
  }
  const phases = campaign.phases ?? []
  const plan = cut(
    campaign.id,
    phases,
    takePart.map(({ deviceId, known }) => ({ deviceId, labels: known?.traits.labels })),
  )
  const running = takePart.map(({ known }) => known?.device.registers[campaign.package]?.version)
  return {
    takePart: takePart.length,
    phases: phases.map(({ name }, n) => ({ name, devices: plan.phases[n]?.length ?? 0 })),
    leftOut: plan.leftOut.length,
    alreadyCurrent: running.filter((version) => version === campaign.target).length,
    versionUnknown: running.filter((version) => version === undefined).length,
    others: [...reasons].map(([reason, devices]) => ({
      reason,
      devices: devices.length,
      examples: devices.slice(0, maxExamples),
    })),
    complete: isWhole,
  }
}

const readChosen = async (
  { table, now, until }: Needs,
  chosen: readonly string[],
  found: Map<string, Described | undefined>,
): Promise<boolean> => {
  for (let at = 0; at < chosen.length; at += pageOf) {
    if (now() >= until || found.size >= maxRead) return false
    const page = chosen.slice(at, at + pageOf)
    const items = await readAll(table, page.map(deviceKey))
    const devices = await withTraits(
      table,
      items.flatMap((item) => (item ? [readDevice(item)] : [])),
    )
    for (const deviceId of page) found.set(deviceId, undefined)
    for (const known of devices) found.set(known.device.deviceId, known)
  }
  return true
}

/** Docks read in parallel. */
const docksAtOnce = 10

/**
 * Replaces the devices' descriptions by those of docks and their aircraft; undefined for serial numbers that
 * are neither.
 */
const describeDocks = async (
  { docks, now, until }: Needs,
  found: Map<string, Described | undefined>,
): Promise<boolean> => {
  let isWhole = true
  await eachOf([...found], docksAtOnce, async ([sn, known]) => {
    if (now() >= until) isWhole = false
    const dock = isWhole ? await docks.withMachine(sn, now()) : undefined
    found.set(sn, dock && describedBy(sn, dock, known))
  })
  return isWhole
}

const describedBy = (
  sn: string,
  { fleet, machines }: DockOnSite,
  known: Described | undefined,
): Described => {
  const machine = machines.find((one) => one.sn === sn)
  const {
    registers,
    isRemoved: _,
    ...device
  } = known?.device ?? {
    deviceId: sn,
    fleet,
    parentId: undefined,
    registeredAt: undefined,
    attempt: undefined,
    registers: {},
    rev: 0,
    indexed: {},
  }
  const firmware = machine?.runs ? { order: '', version: machine.runs.version } : registers.firmware
  return {
    device: { ...device, registers: { ...registers, ...(firmware ? { firmware } : {}) } },
    traits: { ...known?.traits, ...(machine?.model ? { model: machine.model } : {}) },
  }
}

const readSelected = async (
  { table, now, until }: Needs,
  campaign: Campaign,
  found: Map<string, Described | undefined>,
): Promise<boolean> => {
  const { select } = campaign
  if (!select) return true
  let cursor: string | undefined
  do {
    if (now() >= until || found.size >= maxRead) return false
    const { devices, next } = await selectedPage(table, campaign, select, cursor)
    for (const known of devices) found.set(known.device.deviceId, known)
    cursor = next
  } while (cursor !== undefined)
  return true
}

/** A removed device still takes part if a dock speaks for it. */
const isGone = (known: Described | undefined): boolean => known?.device.isRemoved ?? false

const skipReasonOf = (
  campaign: Campaign,
  upgradePackage: UpgradePackage | undefined,
  known: Described | undefined,
  now: number,
): DryReason | undefined => {
  const fleet = known?.device.fleet ?? defaultFleet
  if ((campaign.fleet ?? fleet) !== fleet || isGone(known)) return 'notPermitted'
  const { models, from } = upgradePackage ?? {}
  if (known && isOpen(known.device, now)) return 'anotherOpen'
  if (models && !models.includes(known?.traits.model ?? '')) return 'modelNotAllowed'
  if (!known) return undefined
  const { device } = known
  const version = device.registers[campaign.package]?.version
  const isSource = !from || version === undefined || version === campaign.target || from.includes(version)
  return isSource ? undefined : 'sourceNotAllowed'
}
