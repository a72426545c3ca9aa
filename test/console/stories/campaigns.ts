import { test } from 'node:test'
import { miss, noBrowser, openPage, press, see, startConsole } from '../../support/console.ts'

test('a campaign is aborted, after a question, and one that has not begun is deleted', {
  skip: noBrowser,
}, async (t) => {
  const local = await startConsole(t)
  const settings = { name: 'Spring', package: 'firmware', targetVersion: 'v2' }
  await local.must('PUT', '/v1/campaigns/spring', settings)
  const page = await openPage(t)
  await page.goto(`${local.url}/campaigns/spring`)
  await page.getByRole('button', { name: 'Abort' }).click()
  await page.getByText('No more devices are admitted').waitFor()
  await page.getByRole('button', { name: 'Abort the campaign' }).click()
  await page.getByText('This campaign is aborted').waitFor()
  await local.until(
    () => local.must('GET', '/v1/campaigns/spring'),
    (campaign) => JSON.stringify(campaign).includes('"by":"local-operator","reason":"operator"'),
  )
  await press(page, 'Delete')
  await see(page, 'until then its ID stays taken')
  await local.must('PUT', '/v1/campaigns/summer', { ...settings, name: 'Summer' })
  await page.goto(`${local.url}/campaigns/summer`)
  await press(page, 'Delete')
  await press(page, 'Delete it')
  await see(page, 'The campaign is deleted')
  await page.waitForURL('**/campaigns')
  await see(page, 'Spring')
  await miss(page, 'Summer')
  await page.goto(`${local.url}/campaigns/summer`)
  await see(page, 'This campaign is deleted')
})

test('a campaign that its failures have stopped is on the start page', { skip: noBrowser }, async (t) => {
  const local = await startConsole(t)
  const abort = { failedPercent: 50, minimumFinished: 1 }
  const settings = { name: 'Autumn', package: 'firmware', targetVersion: 'v2', abort }
  await local.must('PUT', '/v1/campaigns/autumn', settings)
  await local.must('PUT', '/v1/devices/pump_1', {})
  await local.must('POST', '/v1/campaigns/autumn/devices', { deviceIds: ['pump_1'] })
  const paras = { result_code: 2, progress: 10, version: 'v1' }
  const services = [{ service_id: '$ota', event_type: 'upgrade_progress_report', paras }]
  const body = { object_device_id: 'pump_1', services }
  await local.must('POST', '/v1/device-events', [{ deviceId: 'pump_1', body }])
  await local.until(
    async () => {
      await local.tick()
      return local.must('GET', '/v1/campaigns/autumn')
    },
    (campaign) => JSON.stringify(campaign).includes('"reason":"threshold"'),
  )
  const page = await openPage(t)
  await page.goto(local.url)
  await see(page, 'A campaign has stopped')
  await see(page, 'its threshold aborted it')
  // The narrow window closes the navigation, and the wide one has it again.
  const navigation = page.getByRole('link', { name: 'Rejected messages' })
  await navigation.waitFor()
  await page.setViewportSize({ width: 390, height: 844 })
  await navigation.waitFor({ state: 'hidden' })
  await page.setViewportSize({ width: 1280, height: 900 })
  await navigation.waitFor()
  await page.getByRole('link', { name: 'Autumn' }).click()
  await see(page, 'Too many devices failed: 1 of 1')
})
