import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CampaignHistoryEntry, CampaignSummary } from '../../../lambdas/campaigns/shapes.ts'
import { putPackage } from '../../../lambdas/packages/put.ts'
import { Package } from '../../../lambdas/packages/shapes.ts'
import { packageStore } from '../../../lambdas/packages/store.ts'
import { RejectedMessage } from '../../../lambdas/rejected/shapes.ts'
import { rejectedStore } from '../../../lambdas/rejected/store.ts'
import { someIds, start, wireCampaigns } from '../../support/campaigns.ts'
import { inShort, once, publishedEvents, recordedChanges } from '../../support/recorded-changes.ts'
import { openTable } from '../../support/table.ts'

suite('The events of other rooms', () => {
  const world = openTable()

  const begin = () => {
    const clock = { now: start }
    const recorded = recordedChanges(world.table, () => clock.now)
    return {
      clock,
      recorded,
      published: async () => once(await publishedEvents(world.table, recorded.records)),
    }
  }
  const phase = (name: string, next: string) => ({
    name,
    take: { percent: 50 },
    together: 10,
    next,
    gate: { confirmedPercent: 80, failedAtMostPercent: 20, withinSeconds: 86_400 },
  })

  test('of a campaign that drives: each decision, with its history entry', async () => {
    const { clock, recorded, published } = begin()
    const campaigns = wireCampaigns(recorded.table, clock)
    const id = 'published-driving'
    await campaigns.havePackage(id)
    const params = { id }
    const body = {
      name: 'Spring',
      packageId: id,
      timeoutSeconds: 3600,
      phases: [phase('first', 'approval'), phase('rest', 'auto')],
    }
    await campaigns.done('putCampaign', { params, body })
    await campaigns.done('addCampaignDevices', { params, body: { deviceIds: someIds(4, id) } })
    await campaigns.done('startCampaign', { params, body: {} })
    for (let n = 0; n < 3; n++) {
      clock.now += 60_000
      await campaigns.sweep()
    }
    await campaigns.done('pauseCampaign', { params, body: {} })
    await campaigns.done('resumeCampaign', { params, body: {} })
    await campaigns.done('abortCampaign', { params, body: {} })
    clock.now += 60_000
    await campaigns.sweep()
    const all = (await published()).filter(({ type }) => type.startsWith('groundcrew.campaign.'))
    const short = all.map(inShort)
    assert.deepEqual(short.slice(0, 3), [
      'campaign.created',
      'campaign.started after draft',
      'campaign.prepared after preparing',
    ])
    assert.ok(short.includes('campaign.paused after running'), short.join(', '))
    assert.ok(short.includes('campaign.resumed after paused'))
    assert.equal(short.filter((one) => one.startsWith('campaign.aborted')).length, 1)
    for (const { subject, fleet, data } of all) {
      assert.deepEqual([subject, fleet], [`campaigns/${id}`, undefined])
      CampaignSummary.parse(data.record)
      if ('decision' in data.record) CampaignHistoryEntry.parse(data.record.decision)
    }
    assert.ok(all.some(({ data }) => 'decision' in data.record))
  })

  test('of a campaign that only watches: that it was made and aborted, with its fleet if it has one', async () => {
    const { clock, recorded, published } = begin()
    const campaigns = wireCampaigns(recorded.table, clock)
    const params = { id: 'published-watching' }
    const body = {
      name: 'Watch',
      package: 'firmware',
      targetVersion: 'v2',
      timeoutSeconds: 3600,
      fleet: 'north',
    }
    await campaigns.done('putCampaign', { params, body })
    await campaigns.done('putCampaign', { params, body: { ...body, name: 'Other' } })
    await campaigns.done('abortCampaign', { params, body: {} })
    await campaigns.done('abortCampaign', { params, body: {} })
    const all = await published()
    assert.deepEqual(all.map(inShort), ['campaign.created', 'campaign.aborted'])
    for (const { fleet } of all) assert.equal(fleet, 'north')
  })

  test('of a package: that its file was proved, or refused and why', async () => {
    const { recorded, published } = begin()
    const packages = packageStore(recorded.table)
    const who = { fleets: 'all', by: 'ann', now: start } as const
    const given = {
      name: 'A',
      version: '2.0',
      package: 'firmware',
      machines: 'devices',
      fleet: 'north',
    } as const
    const file = { name: 'a.bin', size: 1, sha256: '00', md5: '00', key: 'k', state: 'arrived' } as const
    for (const [id, end] of [
      ['published-good', { state: 'proved', provedAt: start }],
      ['published-bad', { state: 'refused', fault: 'md5' }],
    ] as const) {
      const made = await putPackage(recorded.table, id, given, who)
      assert.ok(typeof made === 'object' && (await packages.setFile(made, file, start)))
      assert.ok(await packages.settleFile(id, { ...file, ...end }, 'arrived'))
    }
    assert.deepEqual(
      (await published()).map((one) => [
        inShort(one),
        one.subject,
        one.fleet,
        Package.parse(one.data.record).file?.fault,
      ]),
      [
        ['package.proved after arrived', 'packages/published-good', 'north', undefined],
        ['package.refused after arrived', 'packages/published-bad', 'north', 'md5'],
      ],
    )
  })

  test('of rejected messages: the first of a kind', async () => {
    const { recorded, published } = begin()
    const rejected = rejectedStore(recorded.table)
    const fault = { reason: 'notJson', path: '', sample: 'x', at: start, times: 1 }
    await rejected.add('STRANGE1', [fault])
    await rejected.add('STRANGE1', [fault, { ...fault, reason: 'other' }])
    const all = await published()
    assert.deepEqual(
      all.map((one) => [inShort(one), one.fleet, RejectedMessage.parse(one.data.record).reason]),
      [
        ['message.rejected', undefined, 'notJson'],
        ['message.rejected', undefined, 'other'],
      ],
    )
  })
})
