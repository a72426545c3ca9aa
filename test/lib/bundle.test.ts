import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { bundleFiles } from '../../lib/functions/bundle.ts'
import { functionFiles } from '../../lib/functions/function-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'groundcrew-bundle-'))
after(() => rmSync(folder, { recursive: true }))

writeFileSync(join(folder, 'greeting.ts'), "export const greeting: string = 'hello'\n")
writeFileSync(
  join(folder, 'one.ts'),
  "import { greeting } from './greeting.ts'\nexport const handler = async () => greeting\n",
)
writeFileSync(join(folder, 'two.ts'), 'export const handler = async () => 2\n')

const bundle = (files: string[], into: string) => {
  const bundles = bundleFiles(files, folder, join(folder, into))
  return files.map((file) => {
    const { directory, bytes } = bundles.get(file) ?? { directory: '', bytes: 0 }
    const path = join(directory, 'index.mjs')
    return { path, bytes, code: readFileSync(path, 'utf8') }
  })
}

/** Bytes of a function; each costs time at a cold start. Alibaba's own STS client alone has 600,000. */
const largest = { aws: 450_000, minio: 465_000, ali: 1_050_000 }

suite('A bundle', () => {
  test('is one module with everything that the file imports', async () => {
    const [one] = bundle(['one', 'two'], 'a')
    assert.equal(one?.bytes, Buffer.byteLength(one?.code ?? ''))
    const { handler } = await import(one?.path ?? '')
    assert.equal(await handler(), 'hello')
  })

  test('has the same bytes wherever and with whatever else it is built, so that only changed code is deployed', () => {
    const [together] = bundle(['one', 'two'], 'b')
    const [alone] = bundle(['one'], 'elsewhere/c')
    assert.equal(together?.code, alone?.code)
  })

  const folderOfFunctions = join(import.meta.dirname, '../../lambdas/functions')
  const functions = [
    'api/start-log-upload',
    'api/download-archive',
    'clock/sweep-uploads',
    'api/check-storage',
  ]
  const words = { secret: /GetSecretValue/, ali: /OSS4-HMAC-SHA256|ACS3-/ }

  for (const provider of ['aws', 'minio', 'ali'] as const)
    test(`holds the storage provider that was chosen and no other: ${provider}`, async () => {
      const bundles = bundleFiles(functions, folderOfFunctions, join(folder, provider), { provider })
      for (const [name, { directory, bytes }] of bundles) {
        const path = join(directory, 'index.mjs')
        const code = readFileSync(path, 'utf8')
        assert.equal(words.secret.test(code), provider !== 'aws', name)
        assert.equal(words.ali.test(code), provider === 'ali', name)
        assert.ok(bytes < largest[provider], `${name} has ${bytes} bytes`)
        // It can be loaded as Lambda does.
        assert.equal(typeof (await import(path)).handler, 'function')
      }
    })

  test('of a function that handles messages or sweeps builds no schemas of the API at its start', () => {
    const files = functionFiles.filter(
      (file) => file.startsWith('ingest/') || /^clock\/(sweep-up|continue)/.test(file),
    )
    assert.ok(files.length > 4)
    for (const [name, { directory }] of bundleFiles(files, folderOfFunctions, join(folder, 'messages')))
      assert.doesNotMatch(readFileSync(join(directory, 'index.mjs'), 'utf8'), /must be an id/, name)
  })

  test('of a file that does not exist is an error that names it', () => {
    assert.throws(() => bundle(['three'], 'd'), /three\.ts/)
  })
})
