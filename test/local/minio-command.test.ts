import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { minio, noMinio } from '../support/minio.ts'

const command = join(import.meta.dirname, '../../bin/local.ts')

const run = (t: TestContext, args: string[], keys: Record<string, string> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-minio-'))
  const { MINIO_ROOT_USER: _user, MINIO_ROOT_PASSWORD: _password, ...env } = process.env
  const ports = [
    '--port',
    '0',
    '--mqtt-port',
    '0',
    '--edge-port',
    '0',
    '--dock-port',
    '0',
    '--data',
    join(directory, 'data'),
  ]
  const child = spawn(process.execPath, [command, ...ports, '--provider', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...keys },
  })
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    rmSync(directory, { recursive: true, force: true })
  })
  return child
}

const complaint = async ({ stderr }: ChildProcess): Promise<string> => (stderr ? text(stderr) : '')

test('npm start --provider minio', async (t) => {
  const keys = { MINIO_ROOT_USER: 'someone', MINIO_ROOT_PASSWORD: 'not-to-be-printed' }

  await t.test('needs the key pair in the environment', async (t) =>
    assert.match(await complaint(run(t, ['minio'])), /needs MINIO_ROOT_USER and MINIO_ROOT_PASSWORD/),
  )

  await t.test('says in one line that there is no server', async (t) => {
    const said = await complaint(run(t, ['minio', '--minio-url', 'http://127.0.0.1:1'], keys))
    assert.match(
      said,
      /^MinIO at http:\/\/127\.0\.0\.1:1 could not be asked for the bucket .*: ECONNREFUSED\n$/,
    )
    assert(!said.includes('not-to-be-printed'))
  })

  await t.test('is told from providers that have no server to run here', async (t) =>
    assert.match(await complaint(run(t, ['ali'])), /--provider must be aws or minio/),
  )

  await t.test(
    'runs on the server, and prints where it is, but not what opens it',
    { skip: noMinio },
    async (t) => {
      const { accessKeyId, secretAccessKey, url } = minio
      const child = run(t, ['minio', '--no-demo', '--minio-url', url], {
        MINIO_ROOT_USER: accessKeyId,
        MINIO_ROOT_PASSWORD: secretAccessKey,
      })
      const lines: string[] = []
      assert(child.stdout)
      for await (const line of createInterface(child.stdout)) {
        lines.push(line)
        if (/^ *token /.test(line)) break
      }
      assert(lines.some((line) => line.includes('storage') && line.includes(url)))
      assert(!lines.join('\n').includes(secretAccessKey))
    },
  )
})
