import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { builtConsole } from '../../lib/console/console-bundle.ts'
import { consoleHeaders } from '../../lib/console/console-headers.ts'
import { PortInUseError } from '../../local/servers.ts'
import type { StartOptions } from '../../local/start-options.ts'
import { patienceMs } from './local-run.ts'
import { openLocal } from './story.ts'

/** The real console in a real browser, against a local backend. */

const { GROUNDCREW_CHROMIUM: chosenBrowser } = process.env
const browserPath = [
  chosenBrowser,
  // The same without windows: it takes a third less.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))

/** For the `skip` option of tests that need a browser. */
export const noBrowser: string | false = browserPath
  ? false
  : 'no Chromium: install the package chromium-headless-shell or chromium, or name one in GROUNDCREW_CHROMIUM'

/** Nothing that a browser does by itself: tests talk to this machine alone. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The pages of a file are of one origin: one process for all compiles their scripts once.
  '--process-per-site',
  '--renderer-process-limit=1',
]

/** Faults that tests cause on purpose: the browser writes a line for every answer that is no success. */
const isExpected = (text: string): boolean => /Failed to load resource/.test(text)

let lastPort = 0

/**
 * A local backend that serves the console: at the address of the file's last one, if that is free, for which the browser
 * has the scripts.
 */
export const startConsole = async (t: TestContext, options: StartOptions = {}) => {
  const open = (port: number) =>
    openLocal(t, { port, console: { files: builtConsole, headers: consoleHeaders }, ...options })
  const local = await open(lastPort).catch((error: unknown) => {
    if (error instanceof PortInUseError) return open(0)
    throw error
  })
  lastPort = Number(new URL(local.url).port)
  return local
}

let launched: Promise<Browser> | undefined
after(async () => (await launched)?.close())

/** One browser a test file: to start it takes longer than to open a page. */
const browserOfFile = (): Promise<Browser> => {
  launched ??= chromium.launch({ executablePath: browserPath ?? '', args: quiet })
  return launched
}

let tabs: Promise<BrowserContext> | undefined

const openContext = async (): Promise<BrowserContext> => {
  const browser = await browserOfFile()
  // What moves is painted over and over, in software.
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(patienceMs)
  return context
}

/** The test fails when a script of the page fails, or when the content security policy stops something. */
const watched = (t: TestContext, page: Page): Page => {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message.text())) faults.push(message.text())
  })
  t.after(() => assert.deepEqual(faults, []))
  return page
}

/**
 * Opens a tab of its own, with a session of its own. The tabs of a file share what outlives a tab, and with it the
 * scripts, which are compiled once.
 */
export const openPage = async (t: TestContext): Promise<Page> => {
  tabs ??= openContext()
  const page = await (await tabs).newPage()
  t.after(() => page.close())
  return watched(t, page)
}

/** Opens a page in a browser that nobody has used: for tests of what it loads, keeps, or thinks of network and time. */
export const openPageApart = async (t: TestContext): Promise<Page> => {
  const context = await openContext()
  t.after(() => context.close())
  return watched(t, await context.newPage())
}

/**
 * Goes to another page of the console without loading it anew, as its own links do; the one before has gone once this
 * resolves. Not for two pages of one kind: what is alike of them stays.
 */
export const visit = async (page: Page, path: string): Promise<void> => {
  await page.evaluate(`
    document.querySelector('#page > *')?.setAttribute('data-left', '')
    history.pushState(null, '', ${JSON.stringify(path)})
    dispatchEvent(new PopStateEvent('popstate'))
  `)
  await page.locator('[data-left]').waitFor({ state: 'detached' })
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
