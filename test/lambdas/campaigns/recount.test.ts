import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Counts, countCampaign } from '../../../lambdas/campaigns/counts.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { attemptKey, deviceKey, memberKey } from '../../../lambdas/table/keys.ts'
import { readAll } from '../../../lambdas/table/pages.ts'
import { type Device, readDevice } from '../../../lambdas/upgrades/devices.ts'
import { runningVersion, upgradeStatus } from '../../../lambdas/upgrades/state.ts'
import { explainOtaResult } from '../../../protocols/huawei-ota/results.ts'
import { advances, type Campaigns, fails, runs, type Said, wireCampaigns } from '../../support/campaigns.ts'
import { type Fate, failOnce, NoConnection } from '../../support/failing-table.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

/** Counts that are kept while devices report are those that somebody gets who reads every device. */

/** Reads every device of the campaign and counts; shares nothing with how counts are kept. */
const recount = async (
  table: Table,
  campaignId: string,
  deviceIds: readonly string[],
  now: number,
): Promise<Counts> => {
  const counts = {
    states: {} as Record<string, number>,
    evidence: { proving: 0, matched: 0, confirmed: 0 },
    versions: {} as Record<string, number>,
    reasons: {} as Record<string, number>,
  }
  const more = (group: Record<string, number>, name: string) => {
    group[name] = (group[name] ?? 0) + 1
  }
  for (const deviceId of deviceIds) {
    const device = await inCampaign(table, campaignId, deviceId)
    if (!device?.attempt) continue
    const { attempt, registers } = device
    const { state, evidence, failureCode } = upgradeStatus(attempt, registers, now)
    more(counts.states, state ?? 'none')
    const version = runningVersion(registers, attempt)
    if (version !== undefined) more(counts.versions, version)
    if (failureCode !== undefined) more(counts.reasons, explainOtaResult(failureCode).name)
    else if (state === 'rolledBack') more(counts.reasons, 'rolledBack')
    if (state === 'upgrading' && evidence === 'matched') counts.evidence.proving += 1
    if (state === 'succeeded' && evidence === 'matched') counts.evidence.matched += 1
    if (state === 'succeeded' && evidence === 'confirmed') counts.evidence.confirmed += 1
  }
  return counts
}

/** The device as its attempt in the campaign knows it, be it the newest or one that others have followed. */
const inCampaign = async (
  table: Table,
  campaignId: string,
  deviceId: string,
): Promise<Device | undefined> => {
  const [member] = await readAll(table, [memberKey(campaignId, deviceId)], true)
  if (!member) return undefined
  const keys = [deviceKey(deviceId), attemptKey(deviceId, String(member.attemptId))]
  const found = (await readAll(table, keys, true)).flatMap((item) => (item ? [readDevice(item)] : []))
  return found.find(({ attempt }) => attempt?.id === member.attemptId)
}

type Step =
  | { do: 'add'; campaign: number; devices: number[]; retry: boolean }
  | { do: 'open'; device: number; target: string; campaign: number | undefined }
  | { do: 'close'; device: number }
  | { do: 'say'; device: number; said: Said; late: number; fate: Fate }
  | { do: 'wait'; seconds: number }
  | { do: 'sweep' }

const deviceCount = 4
const device = fc.nat({ max: deviceCount - 1 })
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.constantFrom(fails(4), fails(5), fails(99)),
  fc.constantFrom(advances(10, '1.0'), advances(100, '1.0'), advances(100, '2.0'), advances(50, '1.5')),
  fc.constantFrom(runs('1.0'), runs('2.0'), runs('1.5')),
)
/** Now and then the answer to a write is lost, or the write. */
const fate = fc.constantFrom<Fate[]>(undefined, undefined, undefined, 'lost', 'unanswered')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('add'),
      campaign: fc.nat({ max: 1 }),
      devices: fc.uniqueArray(device, { minLength: 1 }),
      retry: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('open'),
      device,
      target: fc.constantFrom('2.0', '3.0'),
      campaign: fc.constantFrom(undefined, 0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close'), device }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('say'), device, said, late: fc.nat({ max: 900 }), fate }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep') }) },
) as fc.Arbitrary<Step>

describe('the counts of campaigns', () => {
  /** Two campaigns of devices of their own; all that is said is kept, to be said again. */
  const tell = async () => {
    const { table } = openTable()
    const use = wireCampaigns(table)
    const deviceIds = Array.from({ length: deviceCount }, (_, n) => `device${n}`)
    const campaignIds = ['a', 'b']
    for (const id of campaignIds) await use.put(id, { timeoutSeconds: 600 })
    type Message = { deviceId: string; said: Said; receipt: { receivedAt: number; receiptId: string } }
    const heard: Message[] = []
    const failed: Message[] = []
    const idOf = (n: number): string => deviceIds[n] ?? ''

    const take = async (one: Step): Promise<void> => {
      if (one.do === 'add')
        await use.add(campaignIds[one.campaign] ?? '', one.devices.map(idOf), { retry: one.retry })
      if (one.do === 'open') await openOne(use, idOf(one.device), one.target, campaignIds[one.campaign ?? -1])
      if (one.do === 'close') await closeOne(use, idOf(one.device))
      if (one.do === 'wait') use.clock.now += one.seconds * 1000
      if (one.do === 'sweep') await use.sweepDevices()
      if (one.do !== 'say') return
      const receipt = { receivedAt: use.clock.now - one.late * 1000, receiptId: randomUUID() }
      const message = { deviceId: idOf(one.device), said: one.said, receipt }
      heard.push(message)
      const line = one.fate
        ? wireCampaigns(failOnce(table, /^(TransactWrite|Update)Command/, one.fate), use.clock)
        : use
      try {
        await line.say(message.deviceId, message.said, receipt)
      } catch (error) {
        if (!(error instanceof NoConnection)) throw error
        failed.push(message)
      }
    }
    /** The queue sends again what could not be recorded. */
    const redeliver = () =>
      Promise.all(failed.map((message) => use.say(message.deviceId, message.said, message.receipt)))
    const repeat = (order: readonly number[]) =>
      Promise.all(
        order.flatMap((n) => {
          const again = heard[n % Math.max(heard.length, 1)]
          return again ? [use.say(again.deviceId, again.said, again.receipt)] : []
        }),
      )
    const compare = async () => {
      await use.sweepDevices()
      for (const id of campaignIds)
        assert.deepEqual(await countCampaign(table, id), await recount(table, id, deviceIds, use.clock.now))
    }
    return { take, redeliver, repeat, compare }
  }

  it('equal a recount, under duplicates, reordering, replaced attempts, lost answers and concurrent writers', async () => {
    const bursts = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 14 })
    const order = fc.array(fc.nat({ max: 60 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(bursts, order, async (all, again) => {
        const story = await tell()
        await story.take({ do: 'add', campaign: 0, devices: [0, 1, 2], retry: false })
        for (const burst of all) await Promise.all(burst.map(story.take))
        await story.redeliver()
        await story.compare()
        await story.repeat(again)
        await story.compare()
      }),
      rounds(30),
    )
  })
})

const openOne = (use: Campaigns, deviceId: string, target: string, campaignId: string | undefined) =>
  use.call('openUpgradeAttempt', {
    params: { deviceId },
    body: {
      package: 'firmware',
      targetVersion: target,
      timeoutSeconds: 600,
      replace: true,
      ...(campaignId === undefined ? {} : { campaignId }),
    },
  })

const closeOne = async (use: Campaigns, deviceId: string) => {
  const id = (await use.upgrades.get(deviceId))?.attempt?.id
  if (id) await use.call('closeUpgradeAttempt', { params: { deviceId, id } })
}
