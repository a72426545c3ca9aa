import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openApi } from '../../lambdas/contract/openapi.ts'
import { builtConsole } from '../../lib/console/console-bundle.ts'
import { noBrowser, openPageApart, see, startConsole } from '../support/console.ts'

/** What is sent to a browser. */

const directory = await builtConsole()
const assets = readdirSync(join(directory, 'assets'))
const text = (name: string): string => readFileSync(join(directory, name), 'utf8')

suite('The built console', () => {
  test('has no inline script or style, and nothing from elsewhere', () => {
    const page = text('index.html')
    assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src=)|\son\w+=/)
    for (const [, address = ''] of page.matchAll(/(?:src|href)="([^"]+)"/g))
      assert.match(address, /^\/(?!\/)/)
    for (const name of assets.filter((one) => one.endsWith('.css')))
      assert.doesNotMatch(text(join('assets', name)), /url\(["']?(data:|https?:|\/\/)/)
  })

  test('knows no secret, no account and no place', () => {
    const telling = /amazonaws\.com|amazoncognito|AKIA[A-Z0-9]{16}/
    const scripts = assets.filter((one) => one.endsWith('.js'))
    assert.ok(scripts.length > 0)
    assert.deepEqual(
      scripts.filter((name) => telling.test(text(join('assets', name)))),
      [],
    )
  })

  test('sends less than 400 kB of JavaScript for the first page', { skip: noBrowser }, async (t) => {
    const { url } = await startConsole(t)
    const page = await openPageApart(t)
    const scripts = new Set<string>()
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(new URL(request.url()).pathname)
    })
    await page.goto(url)
    await see(page, 'Nothing is registered yet')
    const bytes = [...scripts].reduce((sum, path) => sum + gzipSync(text(path)).length, 0)
    t.diagnostic(`${scripts.size} scripts, ${bytes} bytes compressed`)
    assert.ok(scripts.size > 0 && bytes < 400_000, String(bytes))
    const pages = assets.filter((one) =>
      /^(campaign|device|history|rejected|dock|upload)s?-page.*js$/.test(one),
    )
    assert.ok(pages.length >= 6, 'pages are files of their own')
    assert.equal(
      pages.filter((one) => scripts.has(`/assets/${one}`) && !one.startsWith('overview-')).length,
      0,
    )
  })
})

test('the client is of the API as it is', () => {
  const [, fingerprint] =
    /SHA-256 (\w+)/.exec(readFileSync(new URL('../../client/schema.ts', import.meta.url), 'utf8')) ?? []
  const now = createHash('sha256').update(JSON.stringify(openApi())).digest('hex')
  assert.equal(fingerprint, now, 'the API has changed: npm run client-types')
})
