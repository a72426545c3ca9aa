import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { countCampaign } from '../../../lambdas/campaigns/counts.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'
import { fault, progress, type Service, start, versions, wireUpgrades } from '../../support/upgrades.ts'

/**
 * The same set of messages gives the same state and the same counts, in whatever order and however often they
 * come.
 */
describe('the state of an upgrade', () => {
  const world = openTable()
  let stories = 0

  /** What is said at which second; an attempt is opened at 100, another replaces it at 200. */
  type Script = readonly [at: number, service: Service][]
  type Delivery = 'original' | 'resent'

  /**
   * A story: every message has its receipt and, where the device sends it again, one a little later.
   * `before(n)` says which of them are handled before the n-th attempt is opened.
   */
  const tell = async (script: Script) => {
    const backend = wireUpgrades(world.table)
    const campaignId = `campaign-${++stories}`
    const device = backend.device()
    const record = (at: number, service: Service) => device.message([service], { at })
    const deliveries = script.map(([at, service]) => ({
      at,
      original: record(at, service),
      resent: record(at + 0.7, service),
    }))
    const targets = ['v2', 'v3']
    return {
      deliveries,
      send: async (records: readonly SQSRecord[]) => {
        if (records.length > 0) assert.deepEqual(await backend.ingest(batchOf(...records)), [])
      },
      open: async (n: number) => {
        backend.clock.now = start + (n + 1) * 100_000
        await backend.campaign(`${campaignId}-${n}`, targets[n])
        const more = { campaignId: `${campaignId}-${n}`, timeoutSeconds: 3600, replace: true }
        await device.open(targets[n], more)
      },
      look: async (): Promise<string> => {
        backend.clock.now = start + 400_000
        const attempts = await device.attempts()
        const reports = await Promise.all(attempts.map(({ id }) => device.reports(id)))
        const counts = [
          await countCampaign(world.table, `${campaignId}-0`),
          await countCampaign(world.table, `${campaignId}-1`),
        ]
        const names = [device.deviceId, campaignId, ...attempts.map(({ id }) => id)]
        const all = { view: await device.view(), attempts, reports, counts }
        return names.reduce((text, name) => text.replaceAll(name, ''), JSON.stringify(all, null, 1))
      },
    }
  }

  const script: Script = [
    [50, versions('v0')],
    [60, progress(40, 'v0')],
    [110, progress(10, 'v1')],
    [120, fault(6)],
    [130, progress(100, 'v1')],
    [150, progress(100, 'v2')],
    [160, versions('v2', 's1')],
    [170, versions('v1')],
    [210, progress(10, 'v2')],
    [220, versions('v2', 's2')],
    [230, fault(1, 'v3')],
    [240, progress(100, 'v3')],
    [250, versions('v3')],
    [260, versions('v2')],
  ]

  /** As it should be: each message and its repetition where it belongs. */
  const inOrder = async (of: Script): Promise<string> => {
    const story = await tell(of)
    for (const n of [0, 1, 2]) {
      const now = story.deliveries.filter(({ at }) => Math.floor(at / 100) === n)
      for (const { original, resent } of now) await story.send([original, resent])
      if (n < 2) await story.open(n)
    }
    return story.look()
  }

  const anyOrder = (of: Script) => {
    const slots = of.flatMap((_, n) => [n, n, n])
    const places = slots.map((_, place) => place)
    return fc.record({
      order: fc.shuffledSubarray(places, { minLength: places.length, maxLength: places.length }),
      sizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: places.length, maxLength: places.length }),
      /** After how many messages each attempt is opened; those of a later time come after that at least. */
      openings: fc.tuple(fc.nat({ max: places.length }), fc.nat({ max: places.length })),
    })
  }

  const shuffled = async (
    of: Script,
    run: { order: number[]; sizes: number[]; openings: [number, number] },
  ) => {
    const story = await tell(of)
    const first = Math.min(...run.openings)
    const second = Math.max(...run.openings)
    const queue = run.order.map((place) => {
      const delivery = story.deliveries[Math.floor(place / 3)]
      assert.ok(delivery)
      const kind: Delivery = place % 3 === 2 ? 'resent' : 'original'
      return { at: delivery.at, record: delivery[kind] }
    })
    const isPossible = (at: number, opened: number) => Math.floor(at / 100) <= opened
    const [left, sizes] = [[...queue], [...run.sizes]]
    const sendSome = async (count: number, opened: number) => {
      let rest = count
      while (rest > 0) {
        const possible = left.filter(({ at }) => isPossible(at, opened))
        const batch = possible.slice(0, Math.min(rest, sizes.shift() ?? 1))
        if (batch.length === 0) return
        for (const one of batch) left.splice(left.indexOf(one), 1)
        await story.send(batch.map(({ record }) => record))
        rest -= batch.length
      }
    }
    await sendSome(first, 0)
    await story.open(0)
    await sendSome(second - first, 1)
    await story.open(1)
    await sendSome(left.length, 2)
    assert.deepEqual(left, [])
    return story.look()
  }

  const cases: [name: string, of: Script][] = [
    ['with two attempts, of which the second replaces the first', script],
    ['while the first attempt is under way', script.filter(([at]) => at < 120)],
    ['when nothing but failures was reported', script.filter(([at]) => at < 150 || at === 230)],
    ['when the device told its version only before', script.filter(([at]) => at < 100 || at === 210)],
  ]
  for (const [name, of] of cases)
    it(`does not depend on the order, the batches, or on how often a message comes, ${name}`, async () => {
      const expected = await inOrder(of)
      await fc.assert(
        fc.asyncProperty(anyOrder(of), async (run) => assert.equal(await shuffled(of, run), expected)),
        rounds(20),
      )
    })

  it('in order: two attempts, each with its own end', async () => {
    const text = await inOrder(script)
    const { view, attempts, counts } = JSON.parse(text)
    assert.deepEqual([view.state, view.reportedVersion, view.firmware.version], ['rolledBack', 'v2', 'v2'])
    assert.deepEqual(
      attempts.map((one: { state: string }) => one.state),
      ['rolledBack', 'rolledBack'],
    )
    assert.deepEqual(
      counts.map((one: { states: object; versions: object }) => [one.states, one.versions]),
      [
        [{ rolledBack: 1 }, { v1: 1 }],
        [{ rolledBack: 1 }, { v2: 1 }],
      ],
    )
  })
})
