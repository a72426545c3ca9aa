import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { demoDeviceId, startDemoDevice } from '../../bin/demo-device.ts'
import { demoDock, startDemoDock } from '../../bin/demo-dock.ts'
import { type Backend, mustOf, openLocal } from '../support/story.ts'
import { deviceStory, inShort } from '../support/upgrades.ts'

const quick = { pace: 20, answersAfterMs: 0, lookEveryMs: 25 } as const

/** A backend that asks everybody for a login, and an operator who has one. */
const openGuarded = async (t: TestContext) => {
  const stack = await openLocal(t, { auth: true })
  const token = await stack.token({ groups: ['admin'] })
  const api: Backend['api'] = (method, path, body) => stack.api(method, path, body, { token })
  const must = mustOf(api)
  return { stack, must, device: deviceStory({ ...stack, api, must }, demoDeviceId) }
}

test('the demo device logs in at the edge, says what it runs, and upgrades when that is expected of it', async (t) => {
  const { stack, device } = await openGuarded(t)
  const first = await startDemoDevice(stack, quick)
  t.after(() => first.close())
  await device.until(({ firmware }) => firmware?.version === 'v1.0.0')
  const { id } = await device.open('v2.0.0')
  assert.equal(inShort(await device.until(({ evidence }) => evidence === 'confirmed')), 'succeeded confirmed')
  await stack.idle()
  // It is asked when the attempt is opened, and answers at any time.
  const said = (await device.reports(id))
    .toReversed()
    .filter(({ kind }) => kind === 'upgradeReport')
    .map(({ percent, version }) => [percent, version])
  assert.deepEqual(said.slice(0, 3), [
    [10, 'v1.0.0'],
    [50, 'v1.0.0'],
    [100, 'v1.0.0'],
  ])
  await first.close()

  await t.test('and after a restart runs what it ran', async (t) => {
    const second = await startDemoDevice(stack, quick)
    t.after(() => second.close())
    assert.equal(second.device.version, 'v2.0.0')
    await stack.idle()
    assert.equal(inShort(await device.view()), 'succeeded confirmed')
  })
})

test('the demo device takes up again what a stop of the stack has cut off', async (t) => {
  const { stack, device } = await openGuarded(t)
  const first = await startDemoDevice(stack, { ...quick, pace: 60_000 })
  await device.open('v2.0.0')
  await first.close()
  assert.equal(first.device.version, 'v1.0.0')
  const second = await startDemoDevice(stack, quick)
  t.after(() => second.close())
  await device.until(({ evidence }) => evidence === 'confirmed')
})

test('what people made of the demo dock and the demo device stays when the stack starts again', async (t) => {
  const { stack, must } = await openGuarded(t)
  const start = async () => {
    const [dock, device] = await Promise.all([startDemoDock(stack), startDemoDevice(stack, quick)])
    await Promise.all([dock.close(), device.close()])
  }
  await start()
  const [dock, device] = [`/v1/docks/${demoDock.dockSn}`, `/v1/devices/${demoDeviceId}`]
  const [asDock, asDevice] = [{ name: 'Roof', aircraftSn: '1581F0000000009' }, { labels: { ring: 'canary' } }]
  await must('PUT', dock, asDock)
  await must('PUT', device, asDevice)
  await start()
  assert.partialDeepStrictEqual(await must('GET', dock), asDock)
  assert.partialDeepStrictEqual(await must('GET', `${device}/upgrade`), asDevice)
})
