import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { bundleFiles } from '../../lib/functions/bundle.ts'
import { documents } from '../../lib/functions/documents.ts'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { type Synthesized, synthesize } from '../../lib/synthesize.ts'
import { synthesized } from '../../local/synthesized.ts'

const root = join(import.meta.dirname, '../..')
const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-maps-'))
after(() => rmSync(outdir, { recursive: true }))

const file = 'api/read-records'

/** What the function logs without its variables: the place is that of `required` in `lambdas/runtime/env.ts`. */
const lineOf = (directory: string, ...nodeOptions: string[]): string => {
  const event = {
    routeKey: 'GET /v1/docks',
    headers: {},
    requestContext: {
      authorizer: { jwt: { claims: { sub: 's', client_id: 's', scope: 'groundcrew/read' } } },
      http: { method: 'GET' },
    },
  }
  const script = `const { handler } = await import(${JSON.stringify(join(directory, 'index.mjs'))}); await handler(${JSON.stringify(event)})`
  const { POWERTOOLS_LOG_LEVEL: _quiet, ...env } = process.env
  const run = spawnSync(process.execPath, [...nodeOptions, '--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  })
  return run.stderr
}
const lines = readFileSync(join(root, 'lambdas/runtime/env.ts'), 'utf8').split('\n')
const place = `lambdas/runtime/env.ts:${lines.findIndex((line) => line.includes('throw new')) + 1}:`

const deployed = ({ assets, template, templatePath }: Synthesized) => {
  const into = dirname(templatePath)
  const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')
  const [, code = ''] = [...assets].find(([id]) => id.startsWith('Apireadrecords')) ?? []
  return { into, functions, code, codes: [...assets.values()].map((path) => path.slice(into.length)) }
}
const optionsIn = ({ functions }: ReturnType<typeof deployed>) =>
  new Set(functions.map(({ Properties }) => Object(Properties).Environment?.Variables?.NODE_OPTIONS))

const codeOf = (directory: string): Buffer => readFileSync(join(directory, 'index.mjs'))

/** The function's code alone, made in a folder of its own. */
const bundled = (into: string, sourceMaps?: 'inline'): Buffer => {
  const settings = sourceMaps ? { sourceMaps } : {}
  const bundles = bundleFiles([file], join(root, 'lambdas/functions'), join(outdir, into), settings)
  return codeOf(bundles.get(file)?.directory ?? '')
}

const nameStacks = (input: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin/name-stacks.ts'), ...args], { input, encoding: 'utf8' })

suite('Source maps', async () => {
  const usual = deployed(await synthesized())

  test('are kept beside what is deployed, one for each function, and never in it', () => {
    for (const one of functionFiles)
      assert.ok(existsSync(join(usual.into, `source-maps/${one}.mjs.map`)), one)
    for (const code of usual.codes) {
      const folder = join(usual.into, code)
      const files = readdirSync(folder).filter((name) => !Object.keys(documents).includes(name))
      assert.deepEqual(files, ['index.mjs'])
      assert.doesNotMatch(readFileSync(join(folder, 'index.mjs'), 'utf8'), /sourceMappingURL/)
    }
    assert.deepEqual([...optionsIn(usual)], [undefined])
  })

  test('change no byte of the code, so that they cause no redeployment', () => {
    assert.ok(bundled('none').equals(codeOf(usual.code)))
  })

  test('map a stack trace in a log line to our files, by the log group’s name or by the option', () => {
    const line = lineOf(usual.code).replaceAll(/file:[^\s)]*index\.mjs/g, 'file:///var/task/index.mjs')
    assert.match(line, /var\/task\/index\.mjs:\d+:\d+/)
    assert.ok(!line.includes(place))
    const maps = ['--maps', join(usual.into, 'source-maps')]
    const found = nameStacks(`0:Groundcrew-ApireadrecordsLogs5D\t${line}`, ...maps).stdout
    assert.ok(found.includes(`(${place}`), found)
    assert.doesNotMatch(found, /index\.mjs/)
    const told = nameStacks(line, ...maps, '--function', 'read-records').stdout
    assert.ok(told.includes(`(${place}`), told)
    const unknown = 'no stack\n    at x (file:///elsewhere/index.mjs:1:2)\n'
    assert.equal(nameStacks(unknown, ...maps).stdout, unknown)
  })

  test('that are missing are reported, and so is a function that does not exist', () => {
    const nowhere = nameStacks('', '--maps', join(outdir, 'nowhere'))
    assert.deepEqual([nowhere.status, /npm run synth/.test(nowhere.stderr)], [1, true])
    const nobody = nameStacks('', '--function', 'nobody')
    assert.deepEqual([nobody.status, /no function nobody.*read-records/.test(nobody.stderr)], [1, true])
  })

  test('are in the code if the option says so, and Node uses them', () => {
    const one = deployed(synthesize({ outdir: join(outdir, 'on'), context: { sourceMaps: 'on' } }))
    assert.deepEqual([...optionsIn(one)], ['--enable-source-maps'])
    const elsewhere = bundled('another/place', 'inline')
    assert.ok(elsewhere.equals(codeOf(one.code)), 'the same sources give the same bytes')
    assert.ok(!existsSync(join(one.into, 'source-maps')))
    assert.ok(lineOf(one.code, '--enable-source-maps').includes(`/${place}`))
  })

  test('are found by the runbook’s command', () => {
    const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts
    assert.equal(scripts['name-stacks'], 'node bin/name-stacks.ts')
    const help = execFileSync(process.execPath, [join(root, 'bin/name-stacks.ts'), '--help'], {
      encoding: 'utf8',
    })
    const used = readFileSync(join(root, 'docs/runbook.md'), 'utf8').matchAll(/name-stacks -- (--\w+)/g)
    const options = [...used].map(([, option = '']) => option)
    assert.ok(options.length > 0)
    for (const option of options) assert.ok(help.includes(option), option)
  })
})
