import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { withDockServer } from '../../../local/dock-server.ts'
import { startDock } from '../../../simulator/dock/dock.ts'
import { miss, noBrowser, openPage, press, see, startConsole } from '../../support/console.ts'
import { newAircraftSn, newDockSn } from '../../support/story.ts'

/** Whoever brings docks online, by the console alone. */

const skip = noBrowser

test('a dock is brought online with what the page says, and its code is revoked', { skip }, async (t) => {
  const local = await startConsole(t, withDockServer())
  const page = await openPage(t)
  await page.goto(`${local.url}/connect`)
  await press(page, 'Create an organization')
  await page.getByLabel('Organization ID').fill('no spaces')
  await see(page, 'Use only letters, digits, “-” and “_”.')
  await page.getByLabel('Organization ID').fill('north')
  await page.getByLabel('Name').fill('Harbour of the north')
  await page.getByLabel('Name').press('Enter')
  await see(page, 'Organization ID north')

  await press(page, 'Create a code')
  await page.getByLabel('How many docks').fill('0')
  await see(page, 'Type a number from 1 to 1000.')
  await page.getByLabel('How many docks').fill('2')
  await page.getByLabel('Fleet – optional').fill('coast')
  await press(page, 'Create the code')
  await see(page, 'Type this into DJI Pilot 2')
  const all = await page.locator('dl').last().innerText()
  const bindingCode = /Device binding code\s+([A-Z0-9]+)/.exec(all)?.[1] ?? ''
  assert.match(bindingCode, /^[A-Z0-9]{12}$/)
  await page.getByRole('img', { name: 'All of these values as text' }).waitFor()
  await press(page, 'Close')

  await press(page, 'Create an account')
  await page.getByLabel('Fleet', { exact: true }).fill('coast')
  await press(page, 'Create the account')
  const login = await page.locator('dl').last().innerText()
  const [, mqttUrl = '', username = '', password = ''] =
    /Gateway address\s+(\S+)\s+Account\s+(\S+)\s+Password\s+(\S+)/.exec(login) ?? []
  await press(page, 'Close')

  const [dockSn, aircraftSn] = [newDockSn(), newAircraftSn()]
  const member = { organizationId: 'north', bindingCode, callSign: 'Pier 4' }
  const given = { mqttUrl, username, password, member, faults: { aircraftOff: true } }
  const dock = await startDock({ ...given, dockSn, aircraftSn, pace: 'instant' })
  t.after(() => dock.close())
  await press(page, 'Refresh')
  await see(page, dockSn)
  const gone = once(dock.events, 'offline')
  await press(page, `Revoke the code that ends in ${bindingCode.slice(-4)}`)
  await press(page, 'Revoke it')
  await see(page, 'Revoked')
  await press(page, `Renew the password of ${username}`)
  await press(page, 'Create it')
  await see(page, 'Type this into DJI Pilot 2')
  await gone
  await press(page, 'Close')
  await press(page, `Revoke ${username}`)
  await press(page, 'Revoke it')
  await miss(page, /^Valid$/)

  await page.goto(`${local.url}/docks`)
  await see(page, 'Pier 4 dock')
  await see(page, 'coast')
})

test('a deployment beside another platform says that docks are not brought online here', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  const page = await openPage(t)
  await page.goto(`${local.url}/connect`)
  await see(page, 'Docks have another platform here')
  await miss(page, 'Create an organization')
})
