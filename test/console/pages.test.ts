import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { withDockServer } from '../../local/dock-server.ts'
import { seriousFindings } from '../support/axe.ts'
import { noBrowser, openPage, see, startConsole, visit } from '../support/console.ts'
import { allLogs } from '../support/operator.ts'
import { fleetAtWork } from './fleet-at-work.ts'
import { faultsOf, faultsOfAll, worsen } from './foreign-text.ts'
import { layoutFaults } from './layout-faults.ts'

/**
 * Every page, light and dark, wide and narrow: nothing serious that axe finds, nothing that makes the page
 * wider than the screen. With `GROUNDCREW_SCREENSHOTS=docs/screenshots` a run also takes the pictures of the
 * documentation.
 */

const skip = noBrowser
const { GROUNDCREW_SCREENSHOTS: pictures } = process.env

/** Fonts are there, and nothing changes its colour or place any more. */
const atRest =
  'document.fonts.ready.then(() => Promise.allSettled(document.getAnimations().map((one) => one.effect?.getTiming().iterations === Infinity ? undefined : one.finished))).then(() => undefined)'

const wide = { width: 1280, height: 900 }
const narrow = { width: 390, height: 844 }
const looks = [
  { mode: 'light', size: 'wide', viewport: wide },
  { mode: 'dark', size: 'narrow', viewport: narrow },
  // For the pictures' sake.
  ...(pictures ? [{ mode: 'dark', size: 'wide', viewport: wide } as const] : []),
] as const

/** The pictures that the documentation shows. */
const shown = new Set([
  'overview light wide',
  'docks light wide',
  'dock light wide',
  'dock dark narrow',
  'upload light wide',
  'history light wide',
  'collection light wide',
  'dock-alarms light wide',
  'campaign light wide',
  'campaign dark wide',
  'package light wide',
  'rollout light wide',
  'device light wide',
  'rejected light wide',
])

const take = async (page: Page, name: string, look: string): Promise<void> => {
  if (!pictures) return
  const file = [name, ...look.split(' ')].join('-')
  await mkdir(pictures, { recursive: true })
  if (shown.has(`${name} ${look}`) || process.env.GROUNDCREW_EVERY_SCREENSHOT)
    await page.screenshot({ path: join(pictures, `${file}.png`), fullPage: true })
}

type Shown = [name: string, path: string, text: string | RegExp]

const look = async (t: TestContext, url: string, pages: readonly Shown[]) => {
  const page = await openPage(t)
  const faults: string[] = []
  for (const { mode, size, viewport } of looks) {
    // The console asks when it is loaded.
    await page.emulateMedia({ colorScheme: mode })
    await page.setViewportSize(viewport)
    await page.goto(`${url}/nowhere`)
    for (const [name, path, text] of pages) {
      await visit(page, path)
      await see(page, text)
      await page.evaluate(atRest)
      assert.deepEqual(await seriousFindings(page), [], `${path}, ${mode}, ${size}`)
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(Number(overflow) <= 0, `${path} is ${overflow} px too wide, ${mode}, ${size}`)
      const found = await layoutFaults(page)
      faults.push(...found.map((fault) => `${path}, ${mode}, ${size}: ${fault}`))
      await take(page, name, `${mode} ${size}`)
    }
  }
  assert.deepEqual(faults, [])
}

test('every page', {
  skip,
}, async (t) => {
  const local = await startConsole(t, withDockServer())
  const { dock, failed, done, campaignId, succeeded, broken } = await fleetAtWork(t, local)
  const moving = await dock.start(allLogs, { note: 'after the storm' })
  await dock.uploadUntil(moving.id, ({ archives }) => archives.some(({ percent }) => percent > 20))
  // It goes no further while somebody looks.
  dock.device.setPace(24 * 3_600_000)
  // No two of one kind stand next to each other: `visit`.
  const pages: Shown[] = [
    ['overview', '/', 'The last seven days'],
    ['docks', '/docks', 'Wind farm 3'],
    ['dock', `/docks/${dock.dockSn}`, /hard landing/],
    ['upload', `/docks/${dock.dockSn}/uploads/${failed.id}`, 'Try again'],
    ['connect', '/connect', 'Harbours of the north'],
    ['verified', `/docks/${dock.dockSn}/uploads/${done.id}`, 'Size and checksum match'],
    ['history', '/uploads', /hard landing/],
    ['campaign', `/campaigns/${campaignId}`, 'Poor signal'],
    ['campaigns', '/campaigns', 'Spring firmware'],
    ['rollout', '/campaigns/valves', 'Gate passed, approval awaited'],
    ['packages', '/packages', 'Summer firmware'],
    ['draft', '/campaigns/draft', 'In no phase'],
    ['package', '/packages/spring-2-0-0', 'restart at night'],
    ['device', `/devices/${succeeded}`, 'Confirmed: it runs the target version'],
    ['package-without-file', '/packages/summer', 'Choose the file'],
    ['failed-device', `/devices/${broken}`, /^Failed: /],
    ['devices', '/devices', succeeded],
    ['rejected', '/rejected-messages', 'pump_0099'],
  ]
  await t.test('can be read by everybody, on any screen, light and dark', (t) =>
    look(t, local.url, [
      ...pages,
      ['alarms', '/alarms', '0x16100083'],
      ['dock-alarms', `/docks/${dock.dockSn}/alarms`, 'Uploads for this alarm'],
      ['collections', '/collections', 'Nightly dock logs'],
      ['collection', '/collections/nightly', /^Collected$/],
      ['new-collection', '/new-collection', 'Which logs'],
      ['new-campaign', '/new-campaign', 'Only packages with a proved file'],
      ['webhook', '/webhooks/erp', /^Delivered$/],
      ['webhooks', '/webhooks', 'gone'],
      ['webhook-down', '/webhooks/gone', /^Waits/],
    ]),
  )

  await t.test('shows invisible characters in texts of others, and moves nothing else', async (t) => {
    await local.must('POST', `/v1/campaigns/${campaignId}/abort`, {})
    const page = await openPage(t)
    assert.deepEqual(await faultsOfAll(page, local.url, await worsen(page), pages), [])
  })
})

test('a backend in which nothing has happened says on every page what to do next', {
  skip,
}, async (t) => {
  const { url } = await startConsole(t)
  await look(t, url, [
    ['nothing', '/', 'Nothing is registered yet'],
    ['no-docks', '/docks', 'Register the first one'],
    ['no-server', '/connect', 'Docks have another platform here'],
    ['no-history', '/uploads', 'Open a dock, refresh its list'],
    ['no-alarms', '/alarms', 'No standing alarms'],
    ['no-collections', '/collections', 'There is no collection'],
    ['no-campaigns', '/campaigns', 'Create one for a package'],
    ['no-packages', '/packages', 'upload its file'],
    ['no-devices', '/devices', 'Register one, or wait for its first report.'],
    ['no-webhooks', '/webhooks', 'There is no webhook'],
    ['no-rejected', '/rejected-messages', 'No rejected messages'],
    ['unknown', '/no-such-page', 'There is no such page'],
    ['unknown-dock', '/docks/7CTDM404', 'There is no such dock'],
  ])
  const page = await openPage(t)
  await page.goto(`${url}/docks/${encodeURIComponent('7CTD\u202eM')}`)
  await see(page, '7CTD\\u{202e}M')
  await see(page, 'must be a serial number')
  assert.deepEqual(await faultsOf(page, '/address'), [], 'an address that hides something shows it')
})
