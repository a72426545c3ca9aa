import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import * as z from 'zod'
import { createClock } from '../../local/clock.ts'
import { presenceTopicOf } from '../../protocols/edge-presence/topics.ts'
import { seriousFindings } from '../support/axe.ts'
import {
  miss,
  noBrowser,
  openPage,
  openPageApart,
  press,
  see,
  startConsole,
  visit,
} from '../support/console.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import type { Local } from '../support/story.ts'

/** An operator who works a dock by the console alone. */

const skip = noBrowser

/** Milliseconds between two reports: slow enough to be seen moving. */
const watchable = 200

/** With so many between two steps a dock goes no further, however long the browser takes. */
const stands = 24 * 3_600_000

const select = (page: Page, boot: number, module: 'aircraft' | 'dock'): Promise<void> =>
  page.getByRole('checkbox', { name: `Select boot ${boot} of the ${module}` }).check()

const upload = async (page: Page): Promise<void> => {
  await press(page, 'Upload selected')
  await press(page, 'Start the upload')
}

/** Gets to a dock whose logs are listed. A tab of the console goes there by the list of docks. */
const atDock = async (
  t: TestContext,
  local: Local,
  options: Parameters<typeof simulatedDock>[2] = {},
  tab?: Page,
) => {
  const dock = await simulatedDock(t, local, options)
  await dock.list()
  const page = tab ?? (await openPage(t))
  const path = `/docks/${dock.dockSn}`
  if (tab) await visit(page, '/docks')
  await (tab ? visit(page, path) : page.goto(`${local.url}${path}`))
  await see(page, 'Select all')
  return { dock, page }
}

/** A bar that is on its way, at another value than the one seen before. */
const movingBar = async (page: Page, before = '0'): Promise<string> => {
  const bar = page.locator(`progress:not([value="${before}"]):not([value="0"]):not([value="100"])`).first()
  await bar.waitFor()
  return (await bar.getAttribute('value')) ?? before
}

test('a dock is found, asked for its logs, and uploads the chosen ones for download', { skip }, async (t) => {
  const local = await startConsole(t)
  const dock = await simulatedDock(t, local, { pace: watchable })
  await dock.register({ name: 'Harbour east', aircraftSn: dock.aircraftSn })
  await local.must('PUT', '/v1/docks/7CTDMELSEWHERE', { name: 'Depot' })
  const page = await openPage(t)
  await page.goto(`${local.url}/docks`)
  await see(page, 'Depot')
  await page.getByLabel('Find docks').fill('harbour')
  await see(page, '1 match')
  await miss(page, 'Depot')
  await page.getByRole('link', { name: dock.dockSn }).click()
  await see(page, 'The logs of this dock are not known yet')
  await press(page, 'Refresh list')
  await select(page, 1, 'aircraft')
  await select(page, 2, 'dock')
  await see(page, '2 logs · 210 kB')
  await upload(page)
  await movingBar(page, await movingBar(page))

  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download Aircraft' }).first().click()
  const file = await readFile(await (await downloading).path())
  const packed = dock.device.archives.find(({ module }) => module === 'aircraft')
  assert.equal(createHash('sha256').update(file).digest('hex'), packed?.sha256)
})

test('a dock that is offline is found as such, and asked only where that is meant', { skip }, async (t) => {
  const local = await startConsole(t)
  const [away, other] = ['7CTDMAWAY', '7CTDMOTHER']
  for (const dockSn of [away, other]) await local.must('PUT', `/v1/docks/${dockSn}`, {})
  const relay = await local.device()
  await relay.publish(presenceTopicOf(away), { online: false, firmware: { [away]: '10.01.16.03' } })
  await relay.publish(presenceTopicOf(other), { online: true, aircraft: ['1581FON'], mode: 'working' })
  await local.until(
    () => local.must('GET', '/v1/docks?presence=offline'),
    (page) => JSON.stringify(page).includes(away),
  )
  const page = await openPage(t)
  await page.goto(`${local.url}/docks`)
  await see(page, other)
  await page.getByRole('button', { name: /^Presence/ }).click()
  await page.getByRole('option', { name: 'Offline' }).click()
  await miss(page, other)
  assert.equal(new URL(page.url()).search, '?presence=offline')
  await page.getByRole('link', { name: away }).click()
  await see(page, 'The dock is offline')
  await page.goBack()
  await see(page, away)
  await miss(page, other)
  await page.getByRole('link', { name: away }).click()
  await see(page, 'The dock is offline')
  await see(page, 'by the relay at its broker')
  await see(page, '10.01.16.03')
  const refresh = page.getByRole('button', { name: 'Refresh list' }).first()
  assert.ok(await refresh.isDisabled())
  assert.ok(await page.getByRole('button', { name: 'Open for 15 minutes' }).isDisabled())
  assert.equal(await page.getByText('never', { exact: false }).count(), 0)
  await page.getByRole('checkbox', { name: 'Send commands anyway' }).check()
  const asked = page.waitForRequest(
    (request) => request.method() === 'POST' && request.url().endsWith('?force=true'),
  )
  await refresh.click()
  assert.equal((await (await asked).response())?.status(), 202)
  await page.goto(`${local.url}/docks/${other}`)
  await see(page, '1581FON, on')
  await see(page, 'At work')
})

test('an operator at a dock', { skip }, async (t) => {
  const local = await startConsole(t)
  const tab = await openPage(t)
  await tab.goto(`${local.url}/nowhere`)

  await t.test('all of a long history is shown to who asks for it', async (t) => {
    const { dock, page } = await atDock(t, local, {}, tab)
    const { id } = await dock.start([{ module: 'dock', bootIndexes: [3] }])
    await dock.uploadUntil(id, 'verified')
    const path = `/v1/docks/${dock.dockSn}/log-uploads/${id}/archives/dock/download`
    for (let n = 0; n < 30; n++) await local.must('GET', path)
    await local.untilCaughtUp()
    await visit(page, `/docks/${dock.dockSn}/uploads/${id}`)
    await see(page, 'The newest of each kind, oldest first')
    await see(page, /^start$/)
    assert.equal(await page.getByText('download dock', { exact: true }).count(), 10)
    await press(page, 'Show all')
    await see(page, 'All entries, newest first')
    await page.getByRole('button', { name: 'Next page' }).click()
    await see(page, /^start$/)
  })

  await t.test('logs are filtered by day and chosen with one click', async (t) => {
    const { page } = await atDock(t, local, {}, tab)
    await page.getByRole('button', { name: /^Day/ }).click()
    await page.getByRole('option', { name: /Mar 1, 2026/ }).click()
    await press(page, 'Select all of this day')
    await see(page, '6 logs · 540 kB')
    await press(page, 'Clear')
    await miss(page, '6 logs')
  })

  await t.test(
    'an upload that is canceled is told of as such, and nothing is offered for download',
    async (t) => {
      const { page, dock } = await atDock(t, local, {}, tab)
      dock.device.setPace(stands)
      await select(page, 1, 'dock')
      await upload(page)
      await press(page, 'Cancel')
      await see(page, 'The dock was asked to stop')
      await see(page, /^Canceled$/)
      assert.equal((await dock.uploads())[0]?.state, 'canceled')
      assert.equal(await page.getByRole('button', { name: /^Download/ }).count(), 0)
    },
  )

  await t.test('an archive that was overwritten says so', async (t) => {
    const dock = await dockByHand(t, local)
    const { upload: started, command } = await dock.startUpload()
    const lent = lentBy(command)
    const client = s3AsDock(t, lent)
    await put(client, lent, 'logs')
    await dock.answer(command, { result: 0 })
    await dock.report(command, { status: 'ok', percent: 100, step: 3, size: 4 })
    await dock.uploadUntil(started.id, 'verified')
    const page = tab
    await visit(page, '/docks')
    await visit(page, `/docks/${dock.dockSn}/uploads/${started.id}`)
    await see(page, 'Size and checksum match')
    await miss(page, 'Overwritten')
    await put(client, lent, 'other logs')
    await dock.uploadUntil(started.id, ({ archives }) => archives[0]?.overwrittenAt !== undefined)
    await page.reload()
    await see(page, /the download is the original/)
    await see(page, 'overwritten dock')
    await see(page, 'Size and checksum match')
    await local.must('DELETE', `${dock.path}/log-uploads/${started.id}/archives/dock`)
    await page.reload()
    await see(page, 'Overwritten')
    await miss(page, /the download is/)
  })

  await t.test('a failure says what happened and what to do, and another try brings the rest', async (t) => {
    const { page, dock } = await atDock(t, local, { faults: { networkFailure: 0 } }, tab)
    await select(page, 1, 'dock')
    await upload(page)
    await see(page, /^Dock: /)
    const [failed] = await dock.uploads()
    assert(failed?.archives[0]?.failure)
    await see(page, failed.archives[0].failure.reason)
    await see(page, failed.archives[0].failure.advice)
    await dock.device.setFaults({})
    await press(page, 'Try again')
    await see(page, 'an earlier upload')
    await see(page, 'Size and checksum match')
    const [again] = await dock.uploads()
    assert.equal(again?.retryOf, failed.id)
  })

  await t.test('a dock that is busy already says which upload stands in the way', async (t) => {
    const { page, dock } = await atDock(t, local, {}, tab)
    dock.device.setPace(stands)
    await select(page, 1, 'dock')
    await press(page, 'Upload selected')
    const first = await dock.start()
    await press(page, 'Start the upload')
    await see(page, 'The dock is uploading already')
    await page.getByRole('link', { name: 'Show the conflicting record' }).click()
    await page.waitForURL(`**/uploads/${first.id}`)
  })

  await t.test('an aircraft is switched on for a while, and off again', async (t) => {
    const { page, dock } = await atDock(t, local, { faults: { aircraftOff: true } }, tab)
    await see(page, /^Closed$/)
    await press(page, 'Open for 15 minutes')
    await press(page, 'Open it')
    await see(page, 'Open, the aircraft is on')
    await press(page, 'Keep open for 15 minutes')
    await press(page, 'Close now')
    await press(page, 'Close it')
    await see(page, /^Closed$/)
    assert.deepEqual(dock.device.power(), { isDebugging: false, isAircraftOn: false })
  })

  await t.test('a debug mode that cannot be opened says why', async (t) => {
    const { page } = await atDock(t, local, { faults: { refuseDebug: 514_148 } }, tab)
    await press(page, 'Open for 15 minutes')
    await press(page, 'Open it')
    await see(page, 'The debug mode could not be opened')
    await see(page, /^Closed$/)
  })

  await t.test('a lost connection is shown, and the page recovers', async (t) => {
    const apart = await openPageApart(t)
    await apart.goto(`${local.url}/nowhere`)
    const { page, dock } = await atDock(t, local, {}, apart)
    await page.context().setOffline(true)
    await press(page, 'Refresh list')
    await see(page, 'The connection to the backend is lost')
    await dock.register({ name: 'Renamed meanwhile', aircraftSn: dock.aircraftSn })
    await page.context().setOffline(false)
    await see(page, 'Renamed meanwhile')
    await miss(page, 'The connection to the backend is lost')
  })
})

test('docks are registered once, edited in what was typed, asked together, and saved as a list', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  const dock = await simulatedDock(t, local)
  await dock.register({ name: 'Harbour east', aircraftSn: dock.aircraftSn })
  await local.must('PUT', '/v1/docks/7CTDMDEPOT', { name: 'Depot' })
  const page = await openPage(t)
  await page.goto(`${local.url}/docks`)
  await press(page, 'Register a dock')
  await page.getByLabel('Serial number of the dock', { exact: true }).fill('7CT-DEPOT')
  await see(page, /no spaces or hyphens/)
  await page.getByLabel('Serial number of the dock', { exact: true }).fill('7CTDMDEPOT')
  await page.keyboard.press('Enter')
  await see(page, 'The record already exists')
  await page.getByRole('link', { name: 'Show the conflicting record' }).click()
  await page.getByRole('heading', { name: 'Depot' }).waitFor()

  await press(page, 'Change')
  await local.must('PATCH', '/v1/docks/7CTDMDEPOT', { aircraftSn: '1581FNEW' })
  await page.getByLabel('Name – optional').fill('Depot south')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Depot south' }).waitFor()
  const { name, aircraftSn } = z
    .looseObject({ name: z.string(), aircraftSn: z.string() })
    .parse(await local.must('GET', '/v1/docks/7CTDMDEPOT'))
  assert.deepEqual([name, aircraftSn], ['Depot south', '1581FNEW'])

  await visit(page, '/docks')
  for (const sn of [dock.dockSn, '7CTDMDEPOT'])
    await page.getByRole('checkbox', { name: `Select ${sn}` }).check()
  await press(page, 'Actions')
  await page.getByRole('menuitem', { name: 'Refresh their lists of logs' }).click()
  await see(page, '2 docks asked for the lists')
  const saving = page.waitForEvent('download')
  await press(page, 'Export docks as CSV')
  const [head = '', ...lines] = (await readFile(await (await saving).path(), 'utf8')).trim().split('\r\n')
  assert.match(head, /^dockSn,name,/)
  assert.equal(lines.length, 2)

  // The other dock is not there: what is awaited of it, and why nothing came, does not go with the page.
  await visit(page, '/docks/7CTDMDEPOT')
  await see(page, /The dock was asked which logs|The dock did not answer/)
  await page.route('**/assets/history-page*', (route) => route.abort())
  await page.getByRole('link', { name: 'Upload history' }).click()
  await see(page, 'A part of the console could not be loaded')
  await page.getByRole('link', { name: 'Docks', exact: true }).first().click()
  await see(page, 'Depot south')
  const other = { dockSn: '7CTDMOTHER' }
  await local.must('PUT', `/v1/docks/${other.dockSn}`, {})
  await visit(page, `/docks/${other.dockSn}`)
  await press(page, 'Remove')
  await see(page, 'Its uploads, archives and alarms remain')
  await press(page, 'Remove it')
  await see(page, 'The dock is removed')
  await page.waitForURL('**/docks')
  assert.equal((await local.api('GET', `/v1/docks/${other.dockSn}`)).status, 404)
})

test('a dock that stays in debug mode says what to do, and is closed when it is free', {
  skip,
}, async (t) => {
  const clock = createClock()
  const local = await startConsole(t, { clock })
  const { page, dock } = await atDock(t, local, { faults: { aircraftOff: true, refuseClose: 514_116 } })
  await press(page, 'Open for 15 minutes')
  await press(page, 'Open it')
  await see(page, 'Open, the aircraft is on')
  await press(page, 'Close now')
  await press(page, 'Close it')
  await local.until(
    async () => {
      clock.advance(300_000)
      await local.tick()
      return JSON.stringify(await local.must('GET', `/v1/docks/${dock.dockSn}/debug-mode`))
    },
    (mode) => mode.includes('"state":"stuck"'),
  )
  await see(page, 'The dock may still be in debug mode')
  await see(page, 'May still be open')
  assert.deepEqual(await seriousFindings(page), [])
  assert.equal(await page.getByRole('button', { name: 'Open for 15 minutes' }).count(), 0)
  await dock.device.setFaults({ aircraftOff: true })
  await press(page, 'Close now')
  await press(page, 'Close it')
  await see(page, /^Closed$/)
  await miss(page, 'The dock may still be in debug mode')
  assert.deepEqual(dock.device.power(), { isDebugging: false, isAircraftOn: false })
})
