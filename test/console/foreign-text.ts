import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import * as z from 'zod'
import { see, visit } from '../support/console.ts'

/**
 * What devices and people write, at its worst: nothing unseen is in it, and it pushes nothing out of place.
 */

const { GROUNDCREW_SCREENSHOTS: pictures } = process.env

/** Fields of the API that hold what devices, operators or issuers of tokens write. */
const foreign = new Set([
  'name',
  'note',
  'requestedBy',
  'by',
  'deletedBy',
  'action',
  'objectKey',
  'fingerprint',
  'step',
  'path',
  'version',
  'reportedVersion',
  'targetVersion',
  'fromVersion',
  'firmware',
  'software',
  'claimedTime',
  'description',
  'sample',
  'detail',
  'title',
  'deviceSn',
  'models',
  'customInfo',
  'comment',
  'phase',
])
const mark = 'Evil'
/** Reversed, with a space without width, and longer than any column. */
const hostile = `${mark}\u202e\u2066\u200b\u2028\u00ad${'W'.repeat(240)}`

const worsened = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') return foreign.has(name) ? hostile : value
  if (Array.isArray(value)) return value.map((one) => worsened(one, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, worsened(one, key)]))
}

/** Makes every answer of the API hold the worst that others may write. The result says how many are on their way. */
export const worsen = async (page: Page): Promise<() => number> => {
  let onTheWay = 0
  await page.route('**/v1/**', async (route) => {
    onTheWay += 1
    const response = await route.fetch()
    const text = await response.text()
    const json = response.headers()['content-type']?.includes('json') && text !== ''
    await route.fulfill({ response, body: json ? JSON.stringify(worsened(JSON.parse(text))) : text })
    onTheWay -= 1
  })
  return () => onTheWay
}

/** Resolves when the page has all that it asked for, and has drawn it. */
const atRest = async (page: Page, onTheWay: () => number): Promise<void> => {
  do await page.evaluate('new Promise((drawn) => requestIdleCallback(() => drawn()))')
  while (onTheWay() > 0)
}

const Seen = z.object({
  texts: z.array(z.string()),
  bare: z.array(z.string()),
  wide: z.array(z.string()),
})

/**
 * All texts and attributes of the page, foreign texts that stand in no `bdi`, and tables whose columns push
 * others out of sight.
 */
const inspect = `(() => {
  const texts = [document.title], bare = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode
    if (parentElement.closest('script, style')) continue
    texts.push(data)
    const isPlain = parentElement.closest('bdi, [aria-live], [class*=modal], [class*=breadcrumb], [class*=flash]')
    if (data.includes('${mark}') && !isPlain) bare.push(parentElement.outerHTML.slice(0, 300))
  }
  for (const element of document.querySelectorAll('*'))
    for (const { value } of element.attributes) texts.push(value)
  const wide = [...document.querySelectorAll('table')]
    .filter((one) => one.scrollWidth > one.parentElement.clientWidth + 1)
    .map((one) => [...one.querySelectorAll('th')].map((of) => of.innerText + ' ' + of.offsetWidth).join(', '))
  return { texts, bare, wide }
})()`

/** What is wrong on the page as it is now. */
export const faultsOf = async (page: Page, place: string): Promise<string[]> => {
  const { texts, bare, wide } = Seen.parse(await page.evaluate(inspect))
  const unseen = texts.filter((text) => /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text))
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
  if (pictures && process.env.GROUNDCREW_EVERY_SCREENSHOT) {
    await mkdir(pictures, { recursive: true })
    const file = `foreign${place.replaceAll('/', '-')}.png`
    await page.screenshot({ path: join(pictures, file), fullPage: true })
  }
  return [
    ...unseen.map((text) => `${place} holds ${JSON.stringify(text)}`),
    ...bare.map((html) => `${place} has no bdi around ${html}`),
    ...wide.map((table) => `${place} has a table that is too wide: ${table}`),
    ...(overflow > 0 ? [`${place} is ${overflow} px too wide`] : []),
  ]
}

/** How the beginning of the worst is shown. */
const shown = `${mark}\\u{202e}\\u{2066}\\u{200b}\\u{2028}\\u{ad}W`

/** What is wrong on these pages of a console whose answers are worsened. */
export const faultsOfAll = async (
  page: Page,
  url: string,
  onTheWay: () => number,
  pages: readonly (readonly [name: string, path: string, ...unknown[]])[],
): Promise<string[]> => {
  const faults: string[] = []
  await page.goto(`${url}/nowhere`)
  for (const [name, path] of pages) {
    await visit(page, path)
    await see(page, shown)
    await atRest(page, onTheWay)
    faults.push(...(await faultsOf(page, `/${name}`)))
  }
  return faults
}
