import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presenceTopicOf } from '../../../protocols/edge-presence/topics.ts'
import { miss, noBrowser, openPage, press, see, startConsole } from '../../support/console.ts'
import { simulatedDock } from '../../support/simulated-dock.ts'

test('the start page says what needs somebody, and each number leads to what it counts', {
  skip: noBrowser,
}, async (t) => {
  const local = await startConsole(t)
  const dock = await simulatedDock(t, local, { faults: { networkFailure: 0 } })
  await dock.register({ name: 'Harbour' })
  await dock.list()
  const failed = await dock.start([{ module: 'dock', bootIndexes: [3] }], { note: 'hard landing' })
  await dock.uploadUntil(failed.id, 'failed')
  await local.must('PUT', '/v1/docks/7CTDMAWAY', { name: 'Depot' })
  const relay = await local.device()
  await relay.publish(presenceTopicOf('7CTDMAWAY'), { online: false })
  await local.until(
    async () => JSON.stringify(await local.must('GET', '/v1/overview')),
    (text) => text.includes('"offline":1') && text.includes('"unsuccessful":1'),
  )
  const page = await openPage(t)
  await page.goto(local.url)
  await page.getByRole('link', { name: 'Failed in the last day: 1' }).click()
  await see(page, 'hard landing')
  assert.match(page.url(), /state=failed/)
  await page.goBack()
  await page.getByRole('link', { name: 'Docks offline: 1' }).click()
  await see(page, 'Depot')
  await miss(page, 'Harbour')
  await page.goBack()
  await page.getByRole('link', { name: 'Docks: 2' }).click()
  // The list says it, too.
  await see(page, 'Failed')
})

test('what a list is narrowed to is in its address, survives Back and a reload, and loses who is removed', {
  skip: noBrowser,
}, async (t) => {
  const local = await startConsole(t)
  const devices = Array.from({ length: 30 }, (_, n) => `pump_${String(n).padStart(4, '0')}`)
  for (const deviceId of [...devices, 'valve_1']) await local.must('PUT', `/v1/devices/${deviceId}`, {})
  await local.untilCaughtUp()
  const page = await openPage(t)
  await page.goto(`${local.url}/devices`)
  await page.getByLabel('ID begins with').fill('pump_')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/devices?deviceId=pump_')
  await page.getByRole('button', { name: 'Next page' }).click()
  await see(page, 'pump_0029')
  await page.reload()
  await see(page, 'pump_0029')
  await miss(page, 'pump_0000')
  await page.getByRole('link', { name: 'pump_0029' }).click()
  await page.waitForURL('**/devices/pump_0029')
  await page.goBack()
  await see(page, 'pump_0028')
  await page.goBack()
  await see(page, 'pump_0000')
  assert.equal(await page.getByLabel('ID begins with').inputValue(), 'pump_')
  await page.getByRole('link', { name: 'pump_0000' }).click()
  await press(page, 'Remove')
  await see(page, 'campaigns still count it')
  await press(page, 'Remove it')
  await see(page, 'The device is removed')
  await page.waitForURL('**/devices')
  await see(page, 'pump_0001')
  await miss(page, 'pump_0000')
})
