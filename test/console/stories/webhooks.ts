import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typeName, typeOptions } from '../../../console/webhooks/types.ts'
import { selections } from '../../../lambdas/webhooks/shapes.ts'
import { miss, noBrowser, openPage, press, see, startConsole } from '../../support/console.ts'
import { webhookReceiver } from '../../support/webhook-receiver.ts'

/** Whoever has a system of theirs told of changes, by the console alone. */

const skip = noBrowser

test('a webhook is made, tried, renewed, has all sent again, and is deleted', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  const receiver = await webhookReceiver(t)
  const page = await openPage(t)
  await page.goto(local.url)
  await page.getByRole('link', { name: 'Webhooks' }).click()
  await see(page, 'There is no webhook')
  await press(page, 'Create a webhook')
  await press(page, 'Create the webhook')
  await see(page, 'Choose a type of event.')
  await page.getByLabel('ID', { exact: true }).fill('erp')
  await page.getByLabel('Address of the receiver').fill(receiver.url)
  await page.getByRole('button', { name: /Choose types of events/ }).click()
  await page.getByRole('option', { name: 'Uploads: all' }).click()
  await page.keyboard.press('Escape')
  await press(page, 'Create the webhook')
  await see(page, 'It is shown this once')
  const secretShown = page.getByText(/^whsec_/).first()
  const secret = (await secretShown.textContent()) ?? ''
  await press(page, 'Done')
  await see(page, 'Nothing was sent yet')
  await miss(page, secret)

  await press(page, 'Test')
  await see(page, 'Webhooks: Test')
  await see(page, /^Delivered$/)
  assert.match(JSON.stringify(receiver.verified(secret)), /groundcrew.webhook.test.v1/)

  await press(page, 'Renew the secret')
  await press(page, 'Create it')
  await see(page, 'It is shown this once')
  const renewed = (await secretShown.textContent()) ?? ''
  assert.notEqual(renewed, secret)
  await press(page, 'Done')
  await press(page, 'Send again')
  await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
  await see(page, 'Sent again: 1')
  await local.until(
    async () => {
      await local.tick()
      return receiver.received.length
    },
    (length) => length === 2,
  )
  assert.match(JSON.stringify(receiver.verified(renewed)), /groundcrew.webhook.test.v1/)
  await see(page, /^asked for again/)

  receiver.answer(410)
  await press(page, 'Test')
  await see(page, 'Its receiver has ended the deliveries')
  await press(page, 'Delete')
  await press(page, 'Delete it')
  await see(page, 'There is no webhook')
})

test('every type of event that a webhook may get can be chosen, but for a test', () => {
  const offered = typeOptions.flatMap((one) => ('options' in one ? one.options : [one]))
  const values = offered.map(({ value }) => value)
  assert.deepEqual(
    values.toSorted(),
    selections.filter((one) => !one.startsWith('groundcrew.webhook.test.')).toSorted(),
  )
  assert.equal(new Set(offered.map(({ label }) => label)).size, values.length)
  assert.equal(typeName('groundcrew.upload.timedOut.v1'), 'Uploads: Timed out')
})
