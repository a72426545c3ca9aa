import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { deviceKey } from '../table/keys.ts'
import { type LookNeeds, lookAtDock } from './docks/look.ts'
import { factsOfStep } from './facts.ts'
import { upgradeStatus } from './state.ts'
import type { upgradeStore } from './store.ts'
import { askVersion } from './version-questions.ts'

/**
 * Started once a minute. Asks devices that wait for an offer for their version; whoever receives the answer
 * makes the offer. Looks at docks, and offers them their package at once. Ends attempts by time: it asks a
 * device that has been silent for too long, or whose claim's proof period is over, and concludes after the
 * time to answer. Two concurrent runs are harmless: a device that is asked twice answers twice.
 */

type Needs = ClockNeeds &
  LookNeeds & {
    upgrades: Pick<ReturnType<typeof upgradeStore>, 'review'>
  }

/** Seconds for which the broker keeps the question for an absent device. */
const questionSeconds = 3_600

export const sweepUpgrades = (use: Needs) => (): Promise<void> =>
  sweepDue(use, {
    name: 'sweep-upgrades',
    subjectOf: ({ pk }) => ({ deviceId: pk.slice(deviceKey('').pk.length) }),
    check: async ({ deviceId }) => {
      await checkDevice(use, deviceId)
      return undefined
    },
  })

const checkDevice = async (use: Needs, deviceId: string): Promise<void> => {
  const device = await use.upgrades.get(deviceId)
  if (!device?.attempt) return
  const now = use.now()
  const { step, silentAt = now } = upgradeStatus(device.attempt, device.registers, now)
  if (step && device.attempt.machines === 'docks') return lookAtDock(use, device, step)
  // Asked before it is recorded: a recorded step is not done again.
  if (step?.do === 'ask') {
    const untilSilence = step.untilSilence ? Math.ceil((silentAt - now) / 1000) : 0
    await askVersion(use, device, { expiresInSeconds: Math.max(questionSeconds, untilSilence) })
  }
  if (step) await use.upgrades.note(device, factsOfStep(step, now, device.attempt.id))
  else await use.upgrades.review(deviceId)
}
