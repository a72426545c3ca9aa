import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import type { StartOptions } from '../../local/start-options.ts'
import { startLocal } from '../support/local-run.ts'

/** The local runtime serves a console, whatever is in it. */

const headers = () => ({ 'content-security-policy': "default-src 'none'" })

const builtFiles = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-files-'))
  t.after(() => rm(directory, { recursive: true }))
  await mkdir(join(directory, 'assets'))
  await writeFile(join(directory, 'index.html'), '<title>the page</title>')
  await writeFile(join(directory, 'assets', 'index-1.js'), 'export {}')
  return directory
}

const asPerson = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

const withConsole = async (t: TestContext, options: StartOptions = {}) => {
  const directory = await builtFiles(t)
  return startLocal(t, { console: { files: async () => directory, headers }, ...options })
}

test('people get the page at every address of its own, with its headers', async (t) => {
  const { url } = await withConsole(t)
  for (const path of ['/', '/docks', '/docks/7CTDM1/uploads/1']) {
    const response = await fetch(`${url}${path}`, asPerson)
    assert.match(await response.text(), /the page/)
    assert.equal(response.headers.get('content-security-policy'), "default-src 'none'")
    assert.equal(response.headers.get('cache-control'), 'no-cache')
  }
  const asset = await fetch(`${url}/assets/index-1.js`)
  assert.match(asset.headers.get('cache-control') ?? '', /immutable/)
})

test('the API keeps its addresses and its own answers', async (t) => {
  const { url } = await withConsole(t)
  const docks = await fetch(`${url}/v1/docks`, asPerson)
  assert.deepEqual(await docks.json(), { items: [] })
  const unknown = await fetch(`${url}/v1/nothing`, asPerson)
  assert.deepEqual([unknown.status, await unknown.json()], [404, { message: 'Not Found' }])
  assert.equal((await fetch(`${url}/docks`)).status, 404)
  assert.match(await (await fetch(`${url}/openapi.json`, asPerson)).text(), /^\{"openapi"/)
  assert.match(await (await fetch(`${url}/asyncapi.json`, asPerson)).text(), /^\{"asyncapi"/)
})

test('the page gets sign-in settings only where sign-in is required', async (t) => {
  const open = await withConsole(t)
  assert.deepEqual(await (await fetch(`${open.url}/config.json`)).json(), {})
  const closed = await withConsole(t, { auth: true })
  const config = z
    .object({ signIn: z.record(z.string(), z.string()) })
    .parse(await (await fetch(`${closed.url}/config.json`)).json())
  assert.equal(config.signIn.clientId, closed.outputs.ConsoleClientId)
  assert.ok(config.signIn.authority?.startsWith(`${closed.url}/`))
})

test('a console in the making says so and then comes by itself; the API does not wait for it', async (t) => {
  const directory = await builtFiles(t)
  const { promise, resolve } = Promise.withResolvers<string>()
  const { url } = await startLocal(t, { console: { files: () => promise, headers } })
  const waiting = await fetch(url, asPerson)
  assert.match(await waiting.text(), /is being built/)
  assert.equal(waiting.headers.get('refresh'), '1')
  assert.equal((await fetch(`${url}/v1/docks`)).status, 200)
  resolve(directory)
  assert.match(await (await fetch(url, asPerson)).text(), /the page/)
})

test('a console that cannot be built says why, and is tried again', async (t) => {
  const directory = await builtFiles(t)
  let tries = 0
  const files = async (): Promise<string> => {
    if (++tries === 1) throw new Error('a brace is missing')
    return directory
  }
  const { url } = await startLocal(t, { console: { files, headers } })
  const failed = await fetch(url, asPerson)
  assert.deepEqual([failed.status, await failed.text()], [500, 'a brace is missing\n'])
  assert.match(await (await fetch(url, asPerson)).text(), /the page/)
})

test('without a console the runtime is its API alone', async (t) => {
  const { url } = await startLocal(t)
  assert.equal((await fetch(url, asPerson)).status, 404)
})
