import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandLineProcess } from '../support/cli.ts'
import { root } from '../support/imports.ts'
import { installed } from '../support/packed.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { openLocal } from '../support/story.ts'

/** The first block of that language in a page. */
const blockOf = (page: string, language: string): string =>
  readFileSync(join(root, page), 'utf8').split(`\`\`\`${language}\n`)[1]?.split('\n```')[0] ?? ''

test('packages, installed outside of the tree', async (t) => {
  const at = await installed(t, ['client', 'cli', 'protocols'])

  await t.test('the client’s ten lines collect a log', async (t) => {
    const backend = await openLocal(t)
    const { dockSn } = await simulatedDock(t, backend)
    const script = blockOf('docs/client.md', 'js').replaceAll('7CTDM0000000001', dockSn)
    const lines = (await at.node(script, { GROUNDCREW_URL: backend.url })).trim().split('\n')
    assert.match(lines[0] ?? '', new RegExp(`^${dockSn} (online|unknown)$`))
    assert.match(lines.at(-1) ?? '', /^verified http/)
  })

  await t.test('the command line needs no other package', async (t) => {
    const cli = commandLineProcess(t, undefined, [
      join(at.directory, 'node_modules/groundcrew/dist/groundcrew.js'),
    ])
    const { version } = JSON.parse(readFileSync(join(root, 'cli/package.json'), 'utf8'))
    assert.deepEqual(await cli.run(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' })
    const nowhere = await cli.run(['redrive', '--local', '--data', at.directory])
    assert.equal(nowhere.status, 1)
    assert.match(nowhere.stderr, /^Not begun: No stack runs over/)
    const whole = JSON.parse(readFileSync(join(at.directory, 'node_modules/groundcrew/package.json'), 'utf8'))
    assert.equal(whole.dependencies, undefined)
  })

  await t.test('the protocols’ ten lines read the vendor’s example', () => {
    const answer = readFileSync(join(root, 'protocols/dji-remote-log/examples/up-fileupload_list.json'))
    const script = blockOf('protocols/README.md', 'js')
    const run = (input: Buffer | string): string[] =>
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: at.directory,
        input,
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
    const [asked = '', ...modules] = run(answer)
    assert.match(asked, /^publish on thing\/product\/7CTDM0000000001\/services \{.*"fileupload_list"/)
    assert.ok(
      modules.length > 0 && modules.every((line) => /^(dock|aircraft) has \d+$/.test(line)),
      modules.join(),
    )
    assert.equal(run('no JSON').at(-1), 'notUnderstood notJson')
  })

  await t.test('npx groundcrew says what there is', () => {
    const told = execFileSync('npx', ['--no-install', 'groundcrew', '--help'], {
      cwd: at.directory,
      encoding: 'utf8',
    })
    for (const command of ['docks', 'logs', 'campaigns', 'redrive', 'completion'])
      assert.ok(told.includes(command))
  })

  await t.test('the client’s types are those of its declarations', () => {
    const script =
      "import { groundcrew, type Upload } from '@groundcrew/client'\n" +
      "const crew = groundcrew({ url: 'http://localhost' })\n" +
      "export const ended = (id: string): Promise<Upload> => crew.uploads.waitFor({ dockSn: 'D', id })\n" +
      '// @ts-expect-error no such presence\n' +
      "crew.docks.list({ presence: 'asleep' })\n"
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
