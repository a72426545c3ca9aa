import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { DeviceEventResults } from '../../lambdas/upgrades/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { objectCreated, progressPayload } from '../support/dock-messages.ts'
import { dockLogs } from '../support/operator.ts'
import { provedPackage } from '../support/packages.ts'
import { operatorsQueues } from '../support/redrive.ts'
import { onlyLocal, openLocal } from '../support/story.ts'
import { deviceStory, logLine, progress, versions } from '../support/upgrades.ts'

/**
 * What a function does so seldom that no other story comes to it, each with the right that it needs for it.
 * Without these, the rights would look as if nothing needed them (`unused-rights.ts`), and taking them away
 * would break nothing that is tested.
 */
test('what is seldom needed is permitted when it is', { skip: onlyLocal }, async (t) => {
  const clock = createClock()
  const backend = await openLocal(t, { clock, redeliverAfterSeconds: 0, context: { packageDownloads: 'on' } })
  const dock = await dockByHand(t, backend)
  await Promise.all([dock.list(), dock.hear().then(dock.answerListing)])
  await backend.until(dock.logs, ({ modules }) => modules.length === 2)

  for (const [what, path, body] of [
    ['a listing', `${dock.path}/log-listings`, {}],
    ['an upload', `${dock.path}/log-uploads`, { selections: dockLogs }],
  ] as const)
    await t.test(`a key is forgotten, so that ${what} that could not be asked for can be`, async () => {
      const headers = { 'idempotency-key': randomUUID() }
      const end = backend.faults.failService('iot')
      assert.equal((await backend.api('POST', path, body, { headers })).status, 503)
      end()
      assert.equal((await backend.api('POST', path, body, { headers })).status, 202)
      await dock.hear()
    })

  await t.test('an event that wants to be acknowledged is', async (t) => {
    const other = await dockByHand(t, backend)
    const { command } = await other.startUpload()
    const { eventsReply, events } = other.topics
    const listening = await backend.device(eventsReply)
    const files = [{ module: '3', key: lentBy(command).keys[0] ?? '', progress: { status: 'file_zip' } }]
    await other.publish(events, { ...progressPayload(command.bid, files, 'file_zip'), need_reply: 1 })
    assert.equal((await listening.next(eventsReply)).topic, eventsReply)
  })

  await t.test('a device joins a campaign by an attempt of its own', async () => {
    const id = `c-${randomUUID()}`
    await backend.must('PUT', `/v1/campaigns/${id}`, { name: 'x', package: 'firmware', targetVersion: 'v2' })
    const device = deviceStory(backend, `joins-${randomUUID()}`)
    assert.equal((await device.open('v2', { campaignId: id })).campaignId, id)
  })

  await t.test(
    'a device that speaks by way of another platform is offered a package with a token',
    async () => {
      const { deviceId, ...device } = deviceStory(backend, `forwarded-${randomUUID()}`)
      const { requests } = topicsOf(deviceId)
      const connection = await backend.device(requests)
      const settings = { version: 'v2', package: 'firmware', offer: 'v1' } as const
      await device.drive(await provedPackage(backend, settings, Buffer.from('the firmware')))
      await connection.next(requests)
      const body = { services: [versions('v1')] }
      await backend.must('POST', '/v1/device-events', [{ deviceId, body }])
      assert.match(
        JSON.stringify((await connection.next(requests)).payload),
        /"firmware_upgrade".*"access_token":"/,
      )
    },
  )

  await t.test('a device that speaks of anything is asked while nothing is known of it', async () => {
    const device = deviceStory(backend, `chats-${randomUUID()}`)
    const { events, requests } = topicsOf(device.deviceId)
    const connection = await backend.device(requests)
    await device.open('v2')
    await connection.next(requests)
    await connection.publish(events, { services: [logLine] })
    assert.equal((await connection.next(requests)).topic, requests)
  })

  const forward = async (deviceId: string, ...services: object[]) =>
    DeviceEventResults.parse(
      await backend.must('POST', '/v1/device-events', [{ deviceId, body: { services } }]),
    ).results.map(({ outcome }) => outcome)

  await t.test('a device that a forwarder speaks for is asked for its version', async () => {
    const device = deviceStory(backend, `asked-${randomUUID()}`)
    const { requests } = topicsOf(device.deviceId)
    const listening = await backend.device(requests)
    await device.open('v2')
    assert.deepEqual(await forward(device.deviceId, progress(100, 'v2')), ['accepted'])
    assert.equal((await listening.next(requests)).topic, requests)
  })

  await t.test('what a forwarder brings and nobody understands is kept with its fleet', async () => {
    const deviceId = `odd-${randomUUID()}`
    assert.deepEqual(await forward(deviceId, { ...versions('v1'), paras: 'none' }), ['rejected'])
  })

  await t.test('an archive is looked at afresh when storage says again what has become old', async (t) => {
    const other = await dockByHand(t, backend)
    const { upload, command } = await other.startUpload()
    await other.answer(command, { result: 0 })
    const { sqs, queues } = await operatorsQueues(t, backend)
    const object = { key: lentBy(command).keys[0] ?? '', size: 4, etag: 'x', sequencer: '1', at: clock.now() }
    const sayAgain = () => sqs.send(queues.get('archivesQueue')?.url ?? '', objectCreated(object).body)
    await sayAgain()
    await other.uploadUntil(upload.id, 'accepted')
    await backend.idle()
    // Nobody has concluded it yet: the sweep does not run by itself here.
    clock.advance(2 * 3_600_000)
    await sayAgain()
    await backend.idle()
    assert.equal((await other.upload(upload.id)).state, 'uploaded')
    assert.deepEqual(backend.deadLetters(), [])
  })
})
