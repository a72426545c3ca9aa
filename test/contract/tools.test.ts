import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { documents } from '../../lib/documents.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { mustOf, onlyLocal, openLocal } from '../support/story.ts'

/** What tools of others make of the OpenAPI document. */

const run = promisify(execFile)
const tools = join(import.meta.dirname, '../../.tools')
const python = join(tools, 'contract/bin')
const redocly = join(tools, 'redocly/node_modules/@redocly/cli/bin/cli.js')
const missing = (path: string, what: string): string | false =>
  existsSync(path) ? false : `${what} is not installed in .tools/, as .ci/run does: not checked`

const directory = mkdtempSync(join(tmpdir(), 'groundcrew-contract-'))
after(() => rmSync(directory, { recursive: true }))
const document = join(directory, 'openapi.json')
writeFileSync(document, documents['openapi.json']())

/** No fault of the backend, and no answer but those that are declared, in the shape that is. */
const checks = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance'],
  ...['response_headers_conformance', 'response_schema_conformance'],
]

/** It asks nobody else, and says nothing to anybody. */
const quiet = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

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
      ...['generate', '--path', document, '--output-path', join(directory, 'generated')],
      ...['--meta', 'none', '--config', config, '--fail-on-warning'],
    ])
    await run(join(python, 'python'), ['-m', 'compileall', '-q', join(directory, 'generated')])
    const backend = await openLocal(t, { auth: true })
    const token = await backend.token({ scopes: ['groundcrew/admin'] })
    const must = mustOf((method, path, body) => backend.api(method, path, body, { token }))
    // Its upload is still open when the second is asked for, however long that takes.
    const dock = await simulatedDock(t, { ...backend, must }, { faults: { stuck: true } })
    await dock.list()
    copyFileSync(join(import.meta.dirname, 'client.py'), join(directory, 'client.py'))
    const args = [join(directory, 'client.py'), backend.url, token, dock.dockSn]
    const said = await run(join(python, 'python'), args, { env: { ...process.env, NO_PROXY: '*' } })
    assert.equal(said.stdout.trim(), 'done')
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
      ...['run', document, '--url', backend.url, '--header', `authorization:Bearer ${token}`],
      ...['--phases', 'examples,fuzzing', '--max-examples', '8', '--max-time', '40', '--seed', '1'],
      ...['--checks', checks.join(), '--suppress-health-check', 'all', '--warnings', 'off', '--no-shrink'],
      // The API takes 50 a second.
      ...['--rate-limit', '45/s', '--workers', '2', '--no-color', '--continue-on-failure'],
    ]
    const said = await run(join(python, 'schemathesis'), args, { cwd: directory, maxBuffer: 64e6 }).catch(
      (failed) => failed,
    )
    assert.equal(said.code ?? 0, 0, `${said.stdout}\n${said.stderr}`)
  })
})
