import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import {
  archives,
  bytesOf,
  lentPolicy,
  readerArn,
  startWorld,
  uploadArn,
  type World,
} from './storage-world.ts'

const run = promisify(execFile)
const version = await run('aws', ['--version']).catch(() => undefined)

describe('the AWS CLI, a client that is not written in JavaScript', {
  skip: version ? false : 'aws is not on this machine',
}, () => {
  let world: World
  const directory = mkdtempSync(join(tmpdir(), 'aws-cli-'))
  const file = join(directory, 'aircraft.tar')
  before(async () => {
    world = await startWorld()
    writeFileSync(file, bytesOf(11 * 1024 * 1024))
  })
  after(async () => {
    await world.stop()
    rmSync(directory, { recursive: true })
  })

  const aws = async (credentials: Awaited<ReturnType<World['credentialsOf']>>, ...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      HOME: directory,
      AWS_ENDPOINT_URL_S3: world.s3Url,
      AWS_ENDPOINT_URL_STS: world.stsUrl,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_MAX_ATTEMPTS: '1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    }
    return (await run('aws', args, { env })).stdout
  }

  test('uploads in parts what it was lent, and no other key', async () => {
    const key = 'north/DOCK1/job ü+/aircraft.tar'
    const tags = { fleet: 'north', dockSn: 'DOCK1' }
    const lent = await world.credentialsOf(uploadArn, { sessionPolicy: lentPolicy(key), tags })
    await aws(lent, 's3', 'cp', '--no-progress', file, `s3://${archives}/${key}`)
    assert.equal(world.events.at(-1)?.reason, 'CompleteMultipartUpload')
    const elsewhere = aws(
      lent,
      's3api',
      'put-object',
      '--bucket',
      archives,
      '--key',
      'north/DOCK2/a',
      '--body',
      file,
    )
    await assert.rejects(elsewhere, /AccessDenied/)
    const reader = await world.credentialsOf(readerArn)
    assert.match(
      await aws(reader, 's3', 'ls', '--recursive', `s3://${archives}/north/`),
      /11534336 north\/DOCK1\/job ü\+/,
    )
    const copy = join(directory, 'copy.tar')
    await aws(reader, 's3', 'cp', '--no-progress', `s3://${archives}/${key}`, copy)
    assert.ok(readFileSync(file).equals(readFileSync(copy)))
  })

  test('learns who it is', async () => {
    const reader = await world.credentialsOf(readerArn)
    assert.match(await aws(reader, 'sts', 'get-caller-identity'), /assumed-role\/reader\/test/)
  })
})
