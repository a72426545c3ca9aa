import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, queued } from '../../support/dock-messages.ts'
import { startTable } from '../../support/table.ts'
import { logLine, progress, start, versions, wireUpgrades } from '../../support/upgrades.ts'

/** What the worst messages cost, by what the database says: a device that floods must not spend what its neighbours need. */
describe('the cost of a message', () => {
  let world: Awaited<ReturnType<typeof startTable>>
  before(async () => {
    world = await startTable()
  })
  after(() => world.stop())

  const cost = async (work: () => Promise<string[]>) => {
    world.used.splice(0)
    assert.deepEqual(await work(), [])
    return { calls: world.used.length, units: world.used.reduce((sum, { units }) => sum + units, 0) }
  }
  const many = <Item>(count: number, item: (n: number) => Item): Item[] =>
    Array.from({ length: count }, (_, n) => item(n))

  const bad = { service_id: '$ota', event_type: 'upgrade_progress_report', paras: {} }
  const worst: [name: string, services: unknown][] = [
    ['many services without a result code', many(101, () => bad)],
    ['many services that are none', many(101, () => 1)],
    [
      'many services with faults of every kind',
      many(1000, (n) => [bad, 1, {}, { service_id: '$ota' }][n % 4]),
    ],
    ['many well-formed reports', many(100, (n) => progress(n % 100, 'v1'))],
    ['many well-formed reports with versions of their own', many(100, (n) => progress(n % 100, `v${n}`))],
    ['many version reports', many(100, (n) => versions(`v${n}`, `s${n}`))],
    ['many claims of the target', many(100, () => progress(100, 'v2'))],
    ['many faults', many(100, (n) => progress(0, 'v1', { result_code: n + 1 }))],
    ['many signs of life', many(1000, () => logLine)],
    ['no list at all', 'services'],
  ]

  for (const [name, services] of worst)
    it(`is bounded for ${name}, also when it comes a hundred times`, async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.open()
      const message = (): SQSRecord => device.message(services as unknown[])
      const alone = await cost(() => backend.ingest(batchOf(message())))
      // Ten rows of history, and what is known of the device, some of it twice.
      assert.ok(alone.units <= 45 && alone.calls <= 20, JSON.stringify(alone))
      const flood = await cost(() => backend.ingest(batchOf(...many(100, message))))
      assert.ok(flood.units <= 1_030 && flood.calls <= 1_030, JSON.stringify(flood))
    })

  it('is next to nothing for what cannot be understood, however often it comes', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const batch = () => batchOf(...many(100, () => device.message(many(101, () => bad))))
    await backend.ingest(batch())
    const { calls, units } = await cost(() => backend.ingest(batch()))
    assert.ok(calls <= 4 && units <= 8, JSON.stringify({ calls, units }))
    const rows = await backend.rejections(device.deviceId)
    assert.deepEqual(
      rows.toSorted(),
      ['noResultCode services[].paras.result_code 2000', 'tooManyServices services[10] 200'].map((row) =>
        row.replace('[10]', '[]'),
      ),
    )
  })

  it('is bounded for a dock that babbles, too', async () => {
    const backend = wireBackend(world.table)
    const { dockSn } = await backend.open('7CTDF000000001')
    const babble = () => queued({ dockSn, payload: '{"method":"fileupload_progress"', receivedAt: start })
    const stranger = () =>
      queued({ dockSn, payload: { bid: 'x', method: 'fileupload_progress', data: {} }, receivedAt: start })
    const batch = () => batchOf(...many(50, babble), ...many(50, stranger))
    await backend.progress(batch())
    const { calls, units } = await cost(() => backend.progress(batch()))
    assert.ok(calls <= 6 && units <= 12, JSON.stringify({ calls, units }))
    const reply = () => queued({ dockSn, payload: '{', receivedAt: start })
    await backend.replies(batchOf(reply()))
    const replies = await cost(() => backend.replies(batchOf(...many(10, reply))))
    assert.ok(replies.calls <= 3, JSON.stringify(replies))
  })
})
