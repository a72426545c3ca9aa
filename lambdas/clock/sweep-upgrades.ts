import type { Env } from '../env.ts'
import { type Publish, publisher } from '../publish.ts'
import { connectTable } from '../store/dynamodb.ts'
import { dueKeys } from '../store/pages.ts'
import { upgradeDueKind } from '../store/tell-upgrade.ts'
import { factsOfStep } from '../store/upgrade-facts.ts'
import { upgradeStatus } from '../store/upgrade-state.ts'
import { upgradeStore } from '../store/upgrades.ts'
import { errorFields, flushCounts, logger, messages } from '../telemetry.ts'
import { askVersion } from '../version-questions.ts'

/**
 * Ends attempts by time: asks a device what it runs when it has been silent for too long, or when the time of proof of its claim is
 * over, and concludes when it has had time to answer. Started once a minute; twice at the same time does no harm, since a
 * device that is asked twice answers twice.
 */

type Needs = {
  due: (now: number) => AsyncIterable<{ pk: string }>
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'note' | 'review'>
  publish: Publish
  now: () => number
}

/** The broker keeps the question for this long for a device that is away. */
const questionSeconds = 3_600

export const sweepUpgrades = (use: Needs) => async (): Promise<void> => {
  for await (const { pk } of use.due(use.now())) {
    const deviceId = pk.slice('DEVICE#'.length)
    try {
      await lookAfter(use, deviceId)
    } catch (error) {
      // The attempt stays due, so the next sweep tries again; the others need not wait.
      logger.error(messages.sweepFailed, { deviceId, ...errorFields(error) })
    }
  }
}

const lookAfter = async (use: Needs, deviceId: string): Promise<void> => {
  const device = await use.upgrades.get(deviceId)
  if (!device?.attempt) return
  const now = use.now()
  const { step } = upgradeStatus(device.attempt, device.registers, now)
  // Asked first: what is written down is not done again.
  if (step?.do === 'ask') await askVersion(use, device, { expiresInSeconds: questionSeconds })
  if (step) await use.upgrades.note(device, factsOfStep(step, now, device.attempt.id))
  else await use.upgrades.review(deviceId)
}

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
