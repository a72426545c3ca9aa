import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../support/imports.ts'
import { installed } from '../support/packed.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { openLocal } from '../support/story.ts'

/** The first block of that language in a page. */
const blockOf = (page: string, language: string): string =>
  readFileSync(join(root, page), 'utf8').split(`\`\`\`${language}\n`)[1]?.split('\n```')[0] ?? ''

test('packages, installed outside of the tree', async (t) => {
  const at = await installed(t, ['client'])

  await t.test('the client’s ten lines collect a log', async (t) => {
    const backend = await openLocal(t)
    const { dockSn } = await simulatedDock(t, backend)
    const script = blockOf('docs/client.md', 'js').replaceAll('7CTDM0000000001', dockSn)
    const lines = (await at.node(script, { GROUNDCREW_URL: backend.url })).trim().split('\n')
    assert.match(lines[0] ?? '', new RegExp(`^${dockSn} (online|unknown)$`))
    assert.match(lines.at(-1) ?? '', /^verified http/)
  })

  await t.test('the client’s types are those of its declarations', () => {
    const script =
      "import { groundcrew, type Upload } from '@groundcrew/client'\n" +
      "const crew = groundcrew({ url: 'http://localhost' })\n" +
      "export const ended = (id: string): Promise<Upload> => crew.uploads.waitFor({ dockSn: 'D', id })\n" +
      '// @ts-expect-error no such state\n' +
      "crew.uploads.list({ state: 'nothing' })\n"
    writeFileSync(join(at.directory, 'use.ts'), script)
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2024,dom',
    ]
    execFileSync(process.execPath, [tsc, ...options, 'use.ts'], { cwd: at.directory, encoding: 'utf8' })
  })
})
