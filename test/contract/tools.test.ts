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
})
