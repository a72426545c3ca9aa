import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { builtConsole } from '../../lib/console-bundle.ts'
import { consoleHeaders } from '../../lib/console-headers.ts'
import type { StartOptions } from '../../local/start-options.ts'
import { patienceMs } from './local-run.ts'
import { openLocal } from './story.ts'

/** The real console in a real browser, against a local backend. */

const { GROUNDCREW_CHROMIUM: chosenBrowser } = process.env
const browserPath = [
  chosenBrowser,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))

/** For the `skip` option of tests that need a browser. */
export const noBrowser: string | false = browserPath
  ? false
  : 'no Chromium: install the package chromium, or name one in GROUNDCREW_CHROMIUM'

/** Nothing that a browser does by itself: tests talk to this machine alone. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Faults that tests cause on purpose: the browser writes a line for every answer that is no success. */
const isExpected = (text: string): boolean => /Failed to load resource/.test(text)

/** A local backend that serves the console. */
export const startConsole = (t: TestContext, options: StartOptions = {}) =>
  openLocal(t, { console: { files: builtConsole, headers: consoleHeaders }, ...options })

let launched: Promise<Browser> | undefined
after(async () => (await launched)?.close())

/** One browser a test file: to start it takes longer than to open a page. */
const browserOfFile = (): Promise<Browser> => {
  launched ??= chromium.launch({ executablePath: browserPath ?? '', args: quiet })
  return launched
}

/**
 * Opens a page that shares no data with others; what it stores goes with it. The test fails when a script of
 * the page fails, or when the content security policy stops something.
 */
export const openPage = async (t: TestContext, options: BrowserContextOptions = {}): Promise<Page> => {
  const browser = await browserOfFile()
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  t.after(() => context.close())
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message.text())) faults.push(message.text())
  })
  t.after(() => assert.deepEqual(faults, []))
  return page
}

/** Waits until a text is on the page. */
export const see = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor()

/** Presses a button by its whole name. */
export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).first().click()

/** Waits until a text is gone. */
export const miss = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ state: 'hidden' })
