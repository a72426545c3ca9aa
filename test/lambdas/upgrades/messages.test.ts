import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { batchOf, queued } from '../../support/dock-messages.ts'
import { failingTable, failOnce } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import { fault, logLine, progress, start, time, versions, wireUpgrades } from '../../support/upgrades.ts'

describe('a device’s message', () => {
  const world = openTable()

  describe('with several services', () => {
    it('is recorded as far as it is valid', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      const broken = [
        { ...versions(), paras: { fw_version: {} } },
        { ...progress(1), paras: { progress: 4 } },
        'nonsense',
        { service_id: '$ota', event_type: 'version_report', paras: {} },
      ]
      const message = device.message([logLine, versions('v1'), ...broken, progress(81, 'v1')], { at: 10 })
      assert.deepEqual(await backend.ingest(batchOf(message)), [])
      assert.deepEqual((await backend.rejections(device.deviceId)).toSorted(), [
        'invalidVersion services[].paras.fw_version 1',
        'noResultCode services[].paras.result_code 1',
        'noVersion services[].paras 1',
        'notAService services[] 1',
      ])
      const { percent, firmware } = await device.view()
      assert.deepEqual([percent, firmware?.version], [81, 'v1'])
      assert.deepEqual(
        (await device.reports(id)).map(({ kind }) => kind),
        ['upgradeReport', 'versionReport'],
      )
    })

    it('is read in their order, and kept so', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      const percents = Array.from({ length: 10 }, (_, n) => n + 1)
      const message = device.message(
        percents.map((percent) => progress(percent, 'v1')),
        { at: 10 },
      )
      await backend.ingest(batchOf(message))
      assert.equal((await device.view()).percent, 10)
      assert.deepEqual(
        (await device.reports(id)).map(({ percent }) => percent),
        percents.toReversed(),
      )
    })

    it('of other matters is passed over without noise', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const others = ['$sdk_info', '$time_sync', '$file_manager', '$sub_device_manager'].map(
        (service_id) => ({
          ...logLine,
          service_id,
        }),
      )
      const message = device.message([logLine, ...others], { at: 10 })
      assert.deepEqual(await backend.ingest(batchOf(message)), [])
      assert.deepEqual(await backend.rejections(device.deviceId), [])
      assert.equal((await backend.call('getUpgrade', { params: { deviceId: device.deviceId } })).status, 404)
    })
  })

  describe('that was cut off in the middle is mended when it comes again:', () => {
    const cases: [name: string, matching: RegExp, fate: 'lost' | 'unanswered'][] = [
      ['nothing was written', /^UpdateCommand/, 'lost'],
      ['the state was written, and we were not told', /^UpdateCommand/, 'unanswered'],
      [
        'the state was written, what follows from it was not',
        /^UpdateCommand.*"ConditionExpression":"rev = :rev"/,
        'lost',
      ],
      [
        'what follows was written, and we were not told',
        /^UpdateCommand.*"ConditionExpression":"rev = :rev"/,
        'unanswered',
      ],
      ['the state was written, the history was not', /^PutCommand/, 'lost'],
      ['the history was written, and we were not told', /^PutCommand/, 'unanswered'],
    ]
    for (const [name, matching, fate] of cases)
      it(name, async () => {
        const backend = wireUpgrades(world.table)
        const device = backend.device()
        const { id } = await device.open()
        const record = device.message([progress(100, 'v2'), versions('v2')], { at: 10 })
        const broken = wireUpgrades(failOnce(world.table, matching, fate))
        assert.deepEqual(await broken.ingest(batchOf(record)), [record.messageId])
        assert.deepEqual(await broken.ingest(batchOf(record)), [])
        assert.equal(await device.short(), 'succeeded confirmed')
        assert.equal((await device.reports(id)).length, 2)
        const listed = await backend.call('listUpgrades', { query: { state: 'succeeded', version: 'v2' } })
        assert.ok(listed.text.includes(`"${device.deviceId}"`))
      })
  })

  describe('that cannot be read', () => {
    it('is kept with its reason when the device sent nonsense, and fails nothing', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const nonsense = ['', '{', '[1]', '{"services":5}'].map((payload) =>
        queued({ dockSn: device.deviceId, payload, receivedAt: start }),
      )
      assert.deepEqual(await backend.ingest(batchOf(...nonsense, device.message([progress(5, 'v1')]))), [])
      assert.deepEqual((await backend.rejections(device.deviceId)).toSorted(), [
        'noServices services 1',
        'notAnObject  1',
        'notJson  2',
      ])
      assert.equal((await device.view()).percent, 5)
    })

    it('fails alone when no rule of ours made it', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      for (const body of ['no json', '{"a":1}', JSON.stringify({ payload: 'e30=', source: 5 })]) {
        const poison = { ...device.message([]), body }
        const good = device.message([progress(7, 'v1')])
        assert.deepEqual(await backend.ingest(batchOf(poison, good)), [poison.messageId])
      }
      assert.equal((await device.view()).percent, 7)
    })
  })

  it('fails with all of its device’s in the batch, and with none of others', async () => {
    const backend = wireUpgrades(world.table)
    const [lost, kept] = [backend.device(), backend.device()]
    const call = (text: string) => (text.includes(lost.deviceId) ? 'lost' : undefined)
    const broken = wireUpgrades(failingTable(world.table, call))
    const [a, b, c] = [
      lost.message([progress(1)], { at: 1 }),
      kept.message([progress(2)]),
      lost.message([fault(7)], { at: 2 }),
    ]
    assert.deepEqual(
      (await broken.ingest(batchOf(a, b, c))).toSorted(),
      [a.messageId, c.messageId].toSorted(),
    )
    assert.equal((await kept.view()).percent, 2)
    assert.deepEqual(await backend.ingest(batchOf(a, c)), [])
    assert.equal(await lost.short(), 'failed')
  })

  it('in the history shows what a device repeated as one, at the time of the first', async () => {
    const device = wireUpgrades(world.table).device()
    const { id } = await device.open()
    for (const at of [10, 11, 12]) await device.say(at, progress(50, 'v1'))
    await device.say(13, progress(60, 'v1'))
    await device.say(14, progress(50, 'v1'))
    assert.deepEqual(
      (await device.reports(id)).map(({ percent, receivedAt, repeats }) => [percent, receivedAt, repeats]),
      [
        [50, time(14), 0],
        [60, time(13), 0],
        [50, time(10), 2],
      ],
    )
  })
})
