import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import * as z from 'zod'
import { noBrowser, openPage, press, see, startConsole } from '../support/console.ts'
import { packageStory, upload } from '../support/packages.ts'
import { type Backend, mustOf } from '../support/story.ts'

/** Whoever brings a new version to devices, by the console alone. */

const skip = noBrowser

const choose = (page: Page, name: string, buffer: Buffer): Promise<void> =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })

test('a package is made, its file uploaded and proved, and it is deleted', { skip }, async (t) => {
  const local = await startConsole(t)
  const page = await openPage(t)
  await page.goto(`${local.url}/packages`)
  await see(page, 'There is no package')
  await press(page, 'Create a package')
  await press(page, 'Create the package')
  await see(page, 'Required.')
  await page.getByLabel('Name', { exact: true }).fill('Spring für Pumpen')
  assert.equal(await page.getByLabel('ID', { exact: true }).inputValue(), 'spring-fur-pumpen')
  await page.getByLabel('Version', { exact: true }).fill('2.0')
  await page.getByLabel('From versions – optional').fill('1.0\n2.0')
  await see(page, 'This is the version of the package itself.')
  await page.getByLabel('From versions – optional').fill('1.0\n1.1')
  await press(page, 'Create the package')
  await see(page, 'Without a file')

  await choose(page, 'no blanks.bin', Buffer.from('firmware'))
  await see(page, 'This file cannot be uploaded')
  await choose(page, 'fw.bin', randomBytes(100_000))
  await see(page, 'Proved')
  await see(page, '100 kB, 100,000 bytes')

  await press(page, 'Delete')
  await press(page, 'Delete permanently')
  await see(page, 'This package is deleted')
  assert.ok((await packageStory(local, 'spring-fur-pumpen').look()).deleted)
})

/**
 * A file above 10 MiB goes in parts of 5 MiB, the fewest bytes that storage takes. With the console's own sizes
 * (test/console/upload.test.ts) three parts take four times the work.
 */
const withSmallParts = async (page: Page): Promise<void> => {
  await page.route('**/assets/use-packages-*.js', async (route) => {
    const response = await route.fetch()
    const script = await response.text()
    await route.fulfill({ response, body: script.replace(/=64\*(\w+),(\w+)=32\*\1,/, '=10*$1,$2=5*$1,') })
  })
}

test('a large file goes in parts, is canceled, goes on, and is proved in its time', { skip }, async (t) => {
  const local = await startConsole(t)
  await packageStory(local, 'large').put({ name: 'Large', version: '2.0', package: 'firmware' })
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-large-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'large.bin')
  await writeFile(file, '')
  await truncate(file, 11 * 1024 ** 2)

  const page = await openPage(t)
  await withSmallParts(page)
  await page.goto(`${local.url}/packages/large`)
  // Storage keeps nobody waiting here; a part that does not get there does.
  const onTheWay = '**/upgrade-packages/**'
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  await page.route(onTheWay, () => begin())
  await page.locator('input[type=file]').setInputFiles(file)
  await begun
  await see(page, 'Uploading to storage')
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click()
  await see(page, 'No campaigns yet')
  await page.goBack()
  await press(page, 'Cancel the upload')
  await see(page, 'The upload is canceled')

  await page.unroute(onTheWay)
  const parts: string[] = []
  page.on('requestfinished', (request) => {
    const number = new URL(request.url()).searchParams.get('partNumber')
    if (request.method() === 'PUT' && number) parts.push(number)
  })
  await page.locator('input[type=file]').setInputFiles(file)
  await see(page, 'The file is being proved')
  assert.deepEqual(parts.sort(), ['1', '2', '3'])
  await local.tick()
  await see(page, 'Proved')
})

const devices = ['pump_1', 'pump_2', 'pump_3']

/** A backend in which people sign in, with a package that is proved, and what an administrator does there. */
const withPackage = async (t: TestContext) => {
  const local = await startConsole(t, { auth: true })
  const token = await local.token({ sub: 'forwarder', groups: ['admin', 'ingest'], expiresInSeconds: 43_200 })
  const api: Backend['api'] = (method, path, body, more) => local.api(method, path, body, { token, ...more })
  const must = mustOf(api)
  const story = packageStory({ api, must, until: local.until }, 'pumps-2')
  await story.put({ name: 'Pumps', version: '2.0', package: 'firmware', from: ['1.0'] })
  for (const link of await story.links(Buffer.from('firmware')))
    assert.equal(await upload(link, link.bytes), '200')
  await story.complete()
  for (const deviceId of devices) await must('PUT', `/v1/devices/${deviceId}`, {})

  const Campaign = z.object({ state: z.string() })
  const Devices = z.object({ items: z.array(z.object({ deviceId: z.string(), state: z.string() })) })
  return {
    url: local.url,
    must,
    /** Time passes until the campaign is in this state. */
    until: (id: string, wanted: string) =>
      local.until(
        async () => {
          await local.tick()
          return Campaign.parse(await must('GET', `/v1/campaigns/${id}`))
        },
        ({ state }) => state === wanted,
      ),
    /** Time passes until so many devices are at work; each then says that it runs the new version. */
    confirm: async (id: string, count: number) => {
      const atWork = async () => {
        await local.tick()
        const { items } = Devices.parse(await must('GET', `/v1/campaigns/${id}/devices`))
        return items.filter(({ state }) => state === 'pending' || state === 'upgrading')
      }
      for (const { deviceId } of await local.until(atWork, ({ length }) => length === count)) {
        const paras = { fw_version: '2.0', sw_version: '1' }
        const service = { service_id: '$ota', event_type: 'version_report', paras }
        await must('POST', '/v1/device-events', [
          { deviceId, body: { object_device_id: deviceId, services: [service] } },
        ])
      }
    },
  }
}

const openAs = async (t: TestContext, url: string, person: string): Promise<Page> => {
  const page = await openPage(t)
  await page.goto(url)
  await press(page, 'Sign in')
  await page.locator(`button[value="${person}"]`).click()
  return page
}

const chooseOption = async (page: Page, label: string, option: string): Promise<void> => {
  await page.getByRole('button', { name: label }).first().click()
  await page.getByRole('option', { name: option }).first().click()
}

test('a campaign is made step by step, approved by somebody else, and leaves its evidence', {
  skip,
}, async (t) => {
  const { url, until, confirm } = await withPackage(t)
  const maker = await openAs(t, `${url}/packages/pumps-2`, 'operator')
  await press(maker, 'Create a campaign with it')
  await press(maker, 'Next')
  await see(maker, 'Required.')
  await maker.getByLabel('Name', { exact: true }).fill('Spring')
  await press(maker, 'Next')
  await maker.getByLabel('These devices').click()
  await maker.getByLabel('Device IDs').fill(devices.join('\n'))
  await press(maker, 'Next')
  await press(maker, 'Remove phase 2')
  await chooseOption(maker, 'It takes', 'A number of devices')
  await press(maker, 'Next')
  await see(maker, 'Type a whole number from 1')
  await maker.getByRole('textbox', { name: 'Number of devices' }).fill('1')
  await maker.getByRole('textbox', { name: 'Percent', exact: true }).fill('100')
  await press(maker, 'Next')
  await maker.getByLabel('Offers a minute').fill('60')
  await press(maker, 'Next')
  await see(maker, '1 device, 10 at a time; 95 % confirmed within 2 d, at most 2 % failed, then approval')
  await press(maker, 'Create the campaign')

  await see(maker, 'This campaign is a draft')
  await see(maker, 'Of these run it already')
  await see(maker, '3; they are asked first')
  await press(maker, 'Start')
  await press(maker, 'Start it')
  await see(maker, 'It is being prepared')
  await confirm('spring', 1)
  await until('spring', 'awaitingApproval')
  await see(maker, 'It waits for approval')
  await press(maker, 'Approve')
  await maker.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click()
  await see(maker, 'Somebody else has to approve it')
  await see(maker, 'Ask somebody else who may operate it')

  const other = await openAs(t, `${url}/campaigns/spring`, 'admin')
  await press(other, 'Approve')
  await other.getByLabel('Comment – optional').fill('=looks good')
  await other.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click()
  await see(other, 'Next phase approved')
  await confirm('spring', 2)
  await until('spring', 'finished')
  await see(maker, 'This campaign is finished')
  await see(maker, '=looks good')
  await maker.getByRole('img', { name: '3 devices confirmed and 0 devices failed, of 3' }).waitFor()

  await press(maker, 'Export evidence')
  const saving = maker.waitForEvent('download')
  await maker.getByRole('menuitem', { name: /^CSV/ }).click()
  const saved = await saving
  assert.equal(saved.suggestedFilename(), 'spring-evidence.csv')
  const [head = '', ...lines] = (await readFile(await saved.path(), 'utf8')).trim().split('\r\n')
  const place = (name: string) => head.split(',').indexOf(name)
  const told = lines.map((line) =>
    ['deviceId', 'targetVersion', 'state', 'howKnown'].map((name) => line.split(',')[place(name)]).join(' '),
  )
  assert.deepEqual(
    told.sort(),
    devices.map((deviceId) => `${deviceId} 2.0 succeeded confirmed`),
  )
})

test('a campaign is paused, resumed and aborted, and its package is kept as long', { skip }, async (t) => {
  const { url, must, until } = await withPackage(t)
  await must('PUT', '/v1/campaigns/summer', { name: 'Summer', packageId: 'pumps-2' })
  const page = await openAs(t, `${url}/campaigns/summer`, 'operator')
  await press(page, 'Change')
  await page.getByLabel('Name', { exact: true }).fill('Summer of pumps')
  for (let step = 1; step < 5; step++) await press(page, 'Next')
  await see(page, 'those that were chosen before')
  await press(page, 'Save the campaign')
  await page.getByRole('heading', { name: 'Summer of pumps' }).waitFor()
  await press(page, 'Start')
  await press(page, 'Start it')
  await see(page, 'The campaign has no devices')
  await press(page, 'Choose devices')
  await page.getByLabel('Device IDs').fill('pump_1, pump_2')
  await press(page, 'Choose them')
  await see(page, '2 devices chosen')
  await press(page, 'Start')
  await press(page, 'Start it')
  await until('summer', 'running')
  await press(page, 'Pause')
  await see(page, 'It is paused')
  await press(page, 'Resume')
  await see(page, 'It waits for devices')

  const other = await openAs(t, `${url}/packages/pumps-2`, 'operator')
  await press(other, 'Delete')
  await press(other, 'Delete permanently')
  await see(other, 'The package is in use')
  await other.getByRole('link', { name: 'campaigns summer' }).click()
  await press(other, 'Abort')
  await press(other, 'Abort the campaign')
  await see(other, 'This campaign is aborted')
  assert.equal(await other.getByRole('button', { name: /^(Pause|Resume|Abort|Approve)$/ }).count(), 0)
})

test('a campaign that watches is made, filled from a file and by label, and its failures try again', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  for (const [deviceId, site] of [
    ['pump_1', 'north'],
    ['pump_2', 'north'],
    ['valve_1', 'south'],
  ] as const)
    await local.must('PUT', `/v1/devices/${deviceId}`, { labels: { site } })
  const page = await openPage(t)
  await page.goto(`${local.url}/campaigns`)
  await press(page, 'Watch another platform')
  await page.getByLabel('Name', { exact: true }).fill('Autumn')
  await page.getByLabel('Target version').fill('3.0')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/campaigns/autumn')
  await press(page, 'Choose devices')
  await choose(page, 'devices.csv', Buffer.from('name,deviceId\nValve,valve_1\n'))
  await press(page, 'Add devices by fleet, model or label')
  await page.getByLabel('Labels – optional').fill('site: north')
  await press(page, 'Add these devices')
  await see(page, '2 devices found')
  assert.equal(await page.getByLabel('Device IDs').inputValue(), 'valve_1\npump_1\npump_2')
  await press(page, 'Choose them')
  await see(page, '3 devices chosen')

  const paras = { result_code: 2, progress: 10, version: '2.0' }
  await local.must('POST', '/v1/device-events', [
    {
      deviceId: 'pump_1',
      body: {
        object_device_id: 'pump_1',
        services: [{ service_id: '$ota', event_type: 'upgrade_progress_report', paras }],
      },
    },
  ])
  await page.reload()
  await press(page, 'Retry failed devices')
  await press(page, 'Try again')
  await see(page, '1 device tried again')
  await press(page, 'Rename')
  await page.getByLabel('Name', { exact: true }).fill('Late autumn')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Late autumn' }).waitFor()

  await page.goto(`${local.url}/devices/valve_1`)
  await press(page, 'Open an attempt')
  await page.getByLabel('Watch another platform upgrade it').check()
  await page.getByLabel('Target version').fill('4.0')
  await page.getByLabel('Close the attempt that is already open').check()
  await press(page, 'Open the attempt')
  await see(page, 'An attempt is open for 1 device')
  await see(page, /^4\.0$/)
})
