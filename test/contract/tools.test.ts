import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { documents } from '../../lib/functions/documents.ts'
import { isLong } from '../support/long-form.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { mustOf, onlyLocal, openLocal } from '../support/story.ts'

/** What tools of others make of the OpenAPI document. */

const run = promisify(execFile)
const tools = join(import.meta.dirname, '../../.tools')
const python = join(tools, 'contract/bin')
const oapiCodegen = join(tools, 'go/oapi-codegen')
const redocly = join(tools, 'redocly/node_modules/@redocly/cli/bin/cli.js')
const missing = (path: string, what: string): string | false =>
  existsSync(path) ? false : `${what} is not installed in .tools/, as .ci/run does: not checked`

const directory = mkdtempSync(join(tmpdir(), 'groundcrew-contract-'))
after(() => rmSync(directory, { recursive: true }))
const document = join(directory, 'openapi.json')
writeFileSync(document, documents['openapi.json']())

/** No fault of the backend, and no answer but those that are declared, in the shape that is. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]

/** It asks nobody else, and says nothing to anybody. */
const quiet = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

/** Has a program use a client at a backend with one dock, whose upload stays open however long that takes. */
const isUsed = async (t: TestContext, program: string, ...args: string[]) => {
  const backend = await openLocal(t, { auth: true })
  const token = await backend.token({ scopes: ['groundcrew/admin'] })
  const must = mustOf((method, path, body) => backend.api(method, path, body, { token }))
  const dock = await simulatedDock(t, { ...backend, must }, { faults: { stuck: true } })
  await dock.list()
  const env = { ...process.env, NO_PROXY: '*' }
  const { stdout } = await run(program, [...args, backend.url, token, dock.dockSn], { env })
  assert.equal(stdout.trim(), 'done')
}

suite('The OpenAPI document', () => {
  test('has no fault and no warning', { skip: missing(redocly, 'Redocly') }, async () => {
    const args = [redocly, 'lint', '--extends=recommended', '--format=json', document]
    const { stdout } = await run(process.execPath, args, { env: quiet, cwd: directory, maxBuffer: 64e6 })
    assert.deepEqual(JSON.parse(stdout).problems, [])
  })

  test('makes a client in Python that reads what comes, refusals too', {
    skip: missing(join(python, 'openapi-python-client'), 'openapi-python-client') || onlyLocal,
  }, async (t) => {
    const config = join(directory, 'config.yml')
    writeFileSync(config, 'post_hooks: []\n')
    await run(join(python, 'openapi-python-client'), [
      'generate',
      '--path',
      document,
      '--output-path',
      join(directory, 'generated'),
      '--meta',
      'none',
      '--config',
      config,
      '--fail-on-warning',
    ])
    await run(join(python, 'python'), ['-m', 'compileall', '-q', join(directory, 'generated')])
    copyFileSync(join(import.meta.dirname, 'client.py'), join(directory, 'client.py'))
    await isUsed(t, join(python, 'python'), join(directory, 'client.py'))
  })

  test('makes a client in Go that reads what comes, refusals too', {
    skip: missing(oapiCodegen, 'oapi-codegen') || onlyLocal,
  }, async (t) => {
    const cwd = join(directory, 'go')
    cpSync(join(import.meta.dirname, 'go'), cwd, { recursive: true })
    mkdirSync(join(cwd, 'groundcrew'))
    const generated = ['-generate', 'types,client', '-package', 'groundcrew', '-o', 'groundcrew/client.go']
    const { stderr } = await run(oapiCodegen, [...generated, document], { cwd, maxBuffer: 64e6 })
    assert.equal(stderr, '')
    // Without the path of this folder in it Go knows the packages from an earlier run.
    await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', 'client', '.'], {
      cwd,
      env: { ...process.env, GOTOOLCHAIN: 'local' },
    })
    await isUsed(t, join(cwd, 'client'))
  })

  // The same requests each time: test/fuzz asks what chance brings.
  test('is what the backend answers, whatever is asked', {
    skip: missing(join(python, 'schemathesis'), 'schemathesis') || onlyLocal,
  }, async (t) => {
    const backend = await openLocal(t, { auth: true })
    const token = await backend.token({ scopes: ['groundcrew/admin', 'groundcrew/ingest'] })
    const must = mustOf((method, path, body) => backend.api(method, path, body, { token }))
    // Names that the document's examples have.
    await must('PUT', '/v1/docks/7CTDM0000000001', {})
    await must('PUT', '/v1/devices/pump-17', {})
    const args = [
      'run',
      document,
      '--url',
      backend.url,
      '--header',
      `authorization:Bearer ${token}`,
      '--phases',
      'examples,fuzzing',
      '--max-examples',
      isLong ? '8' : '1',
      '--max-time',
      isLong ? '40' : '10',
      '--seed',
      '1',
      '--checks',
      checks.join(),
      '--suppress-health-check',
      'all',
      '--warnings',
      'off',
      '--no-shrink',
      // The API takes 50 a second.
      '--rate-limit',
      '45/s',
      '--workers',
      '2',
      '--no-color',
      '--continue-on-failure',
    ]
    const said = await run(join(python, 'schemathesis'), args, { cwd: directory, maxBuffer: 64e6 }).catch(
      (failed) => failed,
    )
    assert.equal(said.code ?? 0, 0, `${said.stdout}\n${said.stderr}`)
  })
})
