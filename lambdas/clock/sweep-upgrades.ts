import { versionQuery } from '../../protocols/huawei-ota/down.ts'
import type { Env } from '../env.ts'
import { type Publish, publisher } from '../publish.ts'
import type { Device } from '../store/devices.ts'
import { connectTable } from '../store/dynamodb.ts'
import { dueKeys } from '../store/pages.ts'
import { upgradeDueKind } from '../store/tell-upgrade.ts'
import { upgradeStatus } from '../store/upgrade-state.ts'
import { upgradeStore } from '../store/upgrades.ts'
import { errorFields, flushCounts, logger, messages } from '../telemetry.ts'

/**
 * Makes it known when a device has been silent for too long, and then asks what it runs: a report of the target still counts.
 * Started once a minute; twice at the same time does no harm.
 */

type Needs = {
  due: (now: number) => AsyncIterable<{ pk: string }>
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'conclude'>
  publish: Publish
  now: () => number
}

/** The broker keeps the question for this long for a device that is away. */
const queryLifetimeSeconds = 3_600

export const sweepUpgrades = (use: Needs) => async (): Promise<void> => {
  // One time for question and verdict: silence that begins between the two is the next run's to ask about.
  const now = use.now()
  for await (const { pk } of use.due(now)) {
    const deviceId = pk.slice('DEVICE#'.length)
    try {
      const device = await use.upgrades.get(deviceId)
      // Asked first, since what has been concluded is due no more.
      if (device && isSilent(device, now))
        await use.publish(versionQuery(deviceId, { sentAt: now, gatewayId: device.parentId }), {
          expiresInSeconds: queryLifetimeSeconds,
        })
      await use.upgrades.conclude(deviceId, now)
    } catch (error) {
      // The attempt stays due, so the next sweep tries again; the others need not wait.
      logger.error(messages.sweepFailed, { deviceId, ...errorFields(error) })
    }
  }
}

const isSilent = ({ attempt, registers }: Device, now: number): boolean =>
  upgradeStatus(attempt, registers, now).state === 'timedOut'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return sweepUpgrades({
    due: (now) => dueKeys(table, upgradeDueKind, now),
    upgrades: upgradeStore(table, Date.now),
    publish: publisher(env),
    now: Date.now,
  })
}

let sweep: (() => Promise<void>) | undefined

export const handler = async (): Promise<void> => {
  sweep ??= wire(process.env)
  try {
    await sweep()
  } finally {
    flushCounts()
  }
}
