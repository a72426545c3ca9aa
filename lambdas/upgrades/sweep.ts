import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import { deviceKey } from '../table/keys.ts'
import { type LookNeeds, lookAtDock } from './docks/look.ts'
import { factsOfStep } from './facts.ts'
import { upgradeStatus } from './state.ts'
import type { upgradeStore } from './store.ts'
import { askVersion } from './version-questions.ts'

/**
 * Asks devices what they run that are to be offered a package; whoever takes the answer offers it. Docks are
 * looked at, and offered it at once. Ends
 * attempts by time: asks a device what it runs when it has been silent for too long, or when the time of
 * proof of its claim is over, and concludes when it has had time to answer. Started once a minute; twice at
 * the same time does no harm, since a device that is asked twice answers twice.
 */

type Needs = ClockNeeds &
  LookNeeds & {
    upgrades: Pick<ReturnType<typeof upgradeStore>, 'review'>
  }

/** The broker keeps the question for this long for a device that is away. */
const questionSeconds = 3_600

export const sweepUpgrades = (use: Needs) => (): Promise<void> =>
  sweepDue(use, {
    name: 'sweep-upgrades',
    subjectOf: ({ pk }) => ({ deviceId: pk.slice(deviceKey('').pk.length) }),
    lookAfter: async ({ deviceId }) => {
      await lookAfter(use, deviceId)
      return undefined
    },
  })

const lookAfter = async (use: Needs, deviceId: string): Promise<void> => {
  const device = await use.upgrades.get(deviceId)
  if (!device?.attempt) return
  const now = use.now()
  const { step, silentAt = now } = upgradeStatus(device.attempt, device.registers, now)
  if (step && device.attempt.machines === 'docks') return lookAtDock(use, device, step)
  // Asked first: what is written down is not done again.
  if (step?.do === 'ask') {
    const untilSilence = step.untilSilence ? Math.ceil((silentAt - now) / 1000) : 0
    await askVersion(use, device, { expiresInSeconds: Math.max(questionSeconds, untilSilence) })
  }
  if (step) await use.upgrades.note(device, factsOfStep(step, now, device.attempt.id))
  else await use.upgrades.review(deviceId)
}
