import { test } from 'node:test'
import { noBrowser, openPage, startConsole } from '../support/console.ts'

test('a campaign is aborted, after a question', { skip: noBrowser }, async (t) => {
  const local = await startConsole(t)
  const settings = { name: 'Spring', package: 'firmware', targetVersion: 'v2' }
  await local.must('PUT', '/v1/campaigns/spring', settings)
  const page = await openPage(t)
  await page.goto(`${local.url}/campaigns/spring`)
  await page.getByRole('button', { name: 'Abort' }).click()
  await page.getByText('No more devices are let in').waitFor()
  await page.getByRole('button', { name: 'Abort the campaign' }).click()
  await page.getByText('This campaign is aborted').waitFor()
  await local.until(
    () => local.must('GET', '/v1/campaigns/spring'),
    (campaign) => JSON.stringify(campaign).includes('"by":"local-operator","reason":"operator"'),
  )
})
