import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { offerGuard } from '../../../lambdas/campaigns/rollout/offering.ts'
import { rolloutRows } from '../../../lambdas/campaigns/rollout/rows.ts'
import { Campaign as CampaignShape } from '../../../lambdas/campaigns/shapes.ts'
import { offerIfDue } from '../../../lambdas/upgrades/offer.ts'
import { upgradeStatus } from '../../../lambdas/upgrades/state.ts'
import { traitStore } from '../../../lambdas/upgrades/traits.ts'
import {
  advances,
  callerWith,
  fails,
  runs,
  type Said,
  someIds,
  start,
  wireCampaigns,
} from '../../support/campaigns.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

/**
 * Whatever devices say, however often the clock strikes, and whoever pauses, resumes and approves in between:
 * nothing is offered outside of the window, faster than the pace, to more than may be together, after a pause,
 * before an approval, or to a device that was not chosen.
 */

const minute = 60_000
const perMinute = 1
const [firstSize, firstTogether, restTogether] = [3, 2, 3]

/** `start` is a Friday, 08:00 UTC: open for two hours. Told apart from the rule itself on purpose. */
const isInWindow = (at: number): boolean => at >= start && at < start + 120 * minute

const settings = {
  window: { days: ['fri'], from: '08:00', minutes: 120, timeZone: 'UTC' },
  pace: { perMinute },
  retry: { times: 1, afterSeconds: 60 },
  timeoutSeconds: 1800,
  phases: [
    {
      name: 'first',
      take: { devices: firstSize },
      together: firstTogether,
      gate: { confirmedPercent: 60, failedAtMostPercent: 40, withinSeconds: 86_400 },
      next: 'approval',
    },
    {
      name: 'rest',
      take: { percent: 100 },
      together: restTogether,
      gate: { confirmedPercent: 60, failedAtMostPercent: 40, withinSeconds: 86_400 },
      next: 'auto',
    },
  ],
}

type Command =
  | { do: 'minute' | 'twice' | 'deviceSweep' | 'pause' | 'resume' | 'approve' | 'long' }
  /** `atWork`: the device is one that has its turn, if there is any. */
  | {
      do: 'say'
      device: number
      atWork: boolean
      said: 'old' | 'new' | 'progress' | 'weak' | 'broken'
      twice: boolean
    }

const said: Record<(Command & { do: 'say' })['said'], Said> = {
  old: runs('1.0'),
  new: runs('2.0'),
  progress: advances(50),
  weak: fails(4),
  broken: fails(10),
}

const simply = (weight: number, name: Exclude<Command['do'], 'say'>) => ({
  weight,
  arbitrary: fc.constant({ do: name }),
})
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      device: fc.nat({ max: 11 }),
      atWork: fc.constantFrom(true, true, true, false),
      said: fc.constantFrom('old', 'old', 'old', 'new', 'new', 'progress', 'weak', 'broken'),
      twice: fc.boolean(),
    }),
  },
  simply(6, 'minute'),
  simply(1, 'twice'),
  simply(1, 'deviceSweep'),
  simply(1, 'long'),
  simply(1, 'pause'),
  simply(2, 'resume'),
  simply(2, 'approve'),
)

suite('A driving campaign, in any order of events', () => {
  const run = async (commands: readonly Command[]) => {
    const { table } = openTable()
    const id = 'any'
    const clock = { now: start }
    const made = wireCampaigns(table, clock)
    const params = { id }
    const chosen = someIds(9, id)
    // Three more that are known, and not chosen.
    const devices = [...chosen, ...someIds(3, `${id}-other`)]
    await made.havePackage(id)
    await made.done('putCampaign', { params, body: { name: 'Any', packageId: id, ...settings } })
    await made.add(id, chosen)
    await made.done('startCampaign', { params })
    await made.sweep()

    const look = async () => CampaignShape.parse(await made.done('getCampaign', { params }))
    let approved = false
    const offers: { deviceId: string; at: number }[] = []
    const checkOffer = async (deviceId: string) => {
      const { state } = await look()
      assert.ok(state === 'running' || state === 'awaitingApproval', `offered while ${state}`)
      assert.ok(isInWindow(clock.now), 'offered outside of the window')
      assert.ok(chosen.includes(deviceId), 'offered to one that was not chosen')
      const sameMinute = offers.filter(({ at }) => Math.floor(at / minute) === Math.floor(clock.now / minute))
      assert.ok(sameMinute.length < perMinute, 'offered faster than the pace')
      offers.push({ deviceId, at: clock.now })
      const offered = new Set(offers.map((one) => one.deviceId))
      assert.ok(approved || offered.size <= firstSize, 'offered before the approval')
      const [{ length: atWork }, together] = [
        await rolloutRows(table, id).opened(),
        approved ? restTogether : firstTogether,
      ]
      // A device that fell silent and is back is offered nothing: its place is another's.
      assert.ok(atWork <= together, `${atWork} at work where ${together} may be`)
      const times = offers.filter((one) => one.deviceId === deviceId).length
      assert.ok(times <= 6, 'offered more often than two attempts with three deliveries')
    }
    const openOnes = async (): Promise<string[]> => {
      const known = await Promise.all(devices.map((deviceId) => made.upgrades.get(deviceId)))
      return known.flatMap((device) => {
        const { state } = device?.attempt ? upgradeStatus(device.attempt, device.registers, clock.now) : {}
        return device && (state === 'pending' || state === 'upgrading') ? [device.deviceId] : []
      })
    }
    const allows = offerGuard(table)
    const offering = {
      upgrades: made.upgrades,
      readPackage: made.packages.get,
      linkTo: async () => ({ url: 'https://storage/x?y', expiresAt: clock.now + 3_600_000 }),
      traits: traitStore(table),
      sendOffer: checkOffer,
      campaignAllows: allows,
      publish: async () => undefined,
      now: () => clock.now,
    }
    const say = async (deviceId: string, what: Said, times: number) => {
      const receipt = { receivedAt: clock.now, receiptId: `${clock.now}` }
      for (let n = 0; n < times; n++) {
        const recorded = await made.say(deviceId, what, receipt)
        assert.ok(recorded !== 'notItsChild')
        await offerIfDue(offering, recorded, deviceId)
      }
      clock.now += 10
    }
    const approve = async () => {
      const claims = { ...callerWith('operate'), sub: 'bob', username: 'bob' }
      const { status } = await made.call('approveCampaign', { params, body: { phase: 'first' }, claims })
      approved ||= status === 200
    }
    clock.now += minute
    await made.sweep()
    for (const one of commands) {
      if (one.do === 'say') {
        const atWork = one.atWork ? await openOnes() : []
        const among = atWork.length > 0 ? atWork : devices
        await say(among[one.device % among.length] ?? '', said[one.said], one.twice ? 2 : 1)
        continue
      }
      if (one.do === 'minute' || one.do === 'twice') {
        clock.now += minute
        await Promise.all(one.do === 'twice' ? [made.sweep(), made.sweep()] : [made.sweep()])
      }
      if (one.do === 'long') clock.now += 45 * minute
      if (one.do === 'deviceSweep') await made.sweepDevices()
      if (one.do === 'pause') await made.call('pauseCampaign', { params })
      if (one.do === 'resume') await made.call('resumeCampaign', { params })
      if (one.do === 'approve') await approve()
    }
    return offers.length
  }

  test('keeps its rules', async () => {
    let offered = 0
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 40, maxLength: 60 }), async (commands) => {
        offered += await run(commands)
      }),
      { ...rounds(15), endOnFailure: true },
    )
    assert.ok(offered > 3, `only ${offered} offers were made in all: the property says little`)
  })
})
