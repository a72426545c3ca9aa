import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../local/clock.ts'
import { topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { connectDevice } from '../support/local-run.ts'
import { type Backend, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'
import { deviceStory, fault, inShort, progress, type Service, versions } from '../support/upgrades.ts'

const clock = createClock()
const shared = shareLocal({ clock })

/** A device by hand: its operator over HTTP, and its own end of the line, where topics have the prefix. */
const attend = async (t: TestContext, backend: Backend, mqttUrl = backend.mqttUrl, prefix = '') => {
  const deviceId = `device_${randomUUID()}`
  const { events, requests } = topicsOf(deviceId)
  const line = await connectDevice(t, mqttUrl, [`${prefix}${requests}`])
  const publish = (payload: object) => line.publish(`${prefix}${events}`, payload)
  return {
    ...deviceStory(backend, deviceId),
    publish,
    say: (...services: Service[]) => publish({ object_device_id: deviceId, services }),
    /** The next question for the versions of a device, and which that is. */
    hearQuestion: async () => {
      const { payload } = await line.next(`${prefix}${requests}`)
      assert.match(JSON.stringify(payload), /"service_id":"\$ota","event_type":"version_query"/)
      return payload
    },
  }
}

/** From an order to a proven end and beyond, as a device with these topics tells it. */
const wholeStory = async (device: Awaited<ReturnType<typeof attend>>): Promise<void> => {
  const { id, state } = await device.open('v2')
  assert.equal(state, 'pending')

  await device.say(progress(40, 'v1', { description: 'downloading' }))
  const downloading = await device.until(({ percent }) => percent === 40)
  assert.equal(inShort(downloading), 'upgrading')

  // The end of the download: 100 %, and the old version still.
  await device.say(progress(100, 'v1'))
  assert.equal(inShort(await device.until(({ percent }) => percent === 100)), 'upgrading')
  await device.hearQuestion()

  await device.say(progress(100, 'v2'))
  assert.equal(inShort(await device.until(({ evidence }) => evidence === 'matched')), 'upgrading matched')
  assert(JSON.stringify(await device.hearQuestion()).includes(`"object_device_id":"${device.deviceId}"`))

  await device.say(versions('v2', 's1'))
  assert.equal(inShort(await device.until(({ evidence }) => evidence === 'confirmed')), 'succeeded confirmed')
  await device.say(versions('v1', 's1'))
  const back = await device.until(({ state }) => state === 'rolledBack')
  assert.deepEqual([back.failure?.code, back.reportedVersion], ['rolledBack', 'v1'])

  assert.deepEqual(
    (await device.reports(id, 5)).map(({ kind, percent, version, firmware }) => [
      kind,
      percent,
      version,
      firmware,
    ]),
    [
      ['versionReport', undefined, undefined, 'v1'],
      ['versionReport', undefined, undefined, 'v2'],
      ['upgradeReport', 100, 'v2', undefined],
      ['upgradeReport', 100, 'v1', undefined],
      ['upgradeReport', 40, 'v1', undefined],
    ],
  )
}

test('an operator knows how an upgrade went, and how we know', async (t) => {
  const backend = await orDeployed(shared)(t)
  await wholeStory(await attend(t, backend))

  await t.test('also why it did not go', async (t) => {
    const device = await attend(t, backend)
    await device.open('v2')
    await device.say(fault(7, 'v1', { description: 'bad signature' }))
    const { failure, attempt } = await device.until(({ state }) => state === 'failed')
    assert.deepEqual([failure?.code, failure?.retryable, attempt?.description], [7, false, 'bad signature'])
  })
})

test('a device with the vendor’s own topics is heard and asked at the edge', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await shared(t)
  await wholeStory(await attend(t, backend, backend.edgeUrl, '$'))
})

test('a device that falls silent is given up, asked, and believed when it answers', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await shared(t)
  const device = await attend(t, backend)
  await device.open('v2', { timeoutSeconds: 600 })
  await device.say(progress(10, 'v1'))
  await device.until(({ percent }) => percent === 10)

  // The clock goes on by itself, too: a slow machine needs room on both sides.
  clock.advance(590_000)
  assert.equal(inShort(await device.view()), 'upgrading')
  await device.hearQuestion()
  clock.advance(11_000)
  await backend.tick()
  await device.hearQuestion()
  assert.equal(inShort(await device.view()), 'upgrading')
  clock.advance(60_000)
  await backend.tick()
  assert.equal(inShort(await device.until(({ state }) => state === 'timedOut')), 'timedOut')
  await backend.until(
    () => backend.must('GET', '/v1/upgrades?state=timedOut'),
    (listed) => JSON.stringify(listed).includes(device.deviceId),
  )

  await device.say(versions('v2'))
  assert.equal(inShort(await device.until(({ state }) => state === 'succeeded')), 'succeeded confirmed')
  assert.deepEqual(backend.deadLetters(), [])
})

test('a gateway speaks for its children, and for nobody else', async (t) => {
  const backend = await orDeployed(shared)(t)
  const gateway = await attend(t, backend)
  const [child, stranger] = [`child_${randomUUID()}`, `child_${randomUUID()}`].map((id) =>
    deviceStory(backend, id),
  )
  assert(child && stranger)
  await child.register({ parentId: gateway.deviceId })
  await stranger.register()
  await child.open('v2')
  const about = (deviceId: string, ...services: Service[]) =>
    gateway.publish({ object_device_id: deviceId, services })
  await about(stranger.deviceId, progress(100, 'v2'))
  await about(child.deviceId, progress(100, 'v2'))
  assert.equal(inShort(await child.until(({ evidence }) => evidence === 'matched')), 'upgrading matched')
  await gateway.hearQuestion()
  const question = await gateway.hearQuestion()
  assert(JSON.stringify(question).includes(child.deviceId))
  await backend.until(
    () => backend.must('GET', `/v1/rejected-messages?source=${gateway.deviceId}`),
    (page) => JSON.stringify(page).includes('"notItsChild"'),
  )
  assert.equal(inShort(await stranger.view()), 'none')
})
