import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

test('what is skipped is said at the end, with why, and is no failure', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-skipped-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'some.test.mjs')
  const skipping = (name: string) => `test('${name}', (t) => t.skip('no broker'))\n`
  const tests = ['one', 'two', 'three', 'four', 'five'].map(skipping).join('')
  writeFileSync(
    file,
    `import { test } from 'node:test'\n${tests}test('well', () => {})\ntest('bare', { skip: true }, () => {})`,
  )
  const reporter = ['--test-reporter', join(import.meta.dirname, 'skipped.ts')]
  const { status, text } = await run(['--test', ...reporter, '--test-reporter-destination', 'stderr', file])
  const lines = ['no broker: one, two, three, and 2 more', 'for no reason that it says: bare']
  assert.deepEqual(
    [status, text],
    [0, ['', 'Skipped, so not tested here:', ...lines.map((one) => `  ${one}`), ''].join('\n')],
  )
})

/** Not as a part of this run, whose own reporter the tests would otherwise speak to. */
const run = (args: readonly string[]): Promise<{ status: number; text: string }> => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { env }, (_error, _stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, text: stderr }),
    )
  })
}
