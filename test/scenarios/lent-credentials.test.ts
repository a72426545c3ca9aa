import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { createClock } from '../../local/clock.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { put, s3AsDock } from '../support/s3-as-dock.ts'
import { newFleet, onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({
  clock,
  alter: ({ Resources }) => {
    Resources.Other = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'somebody-elses' } }
  },
})

const run = promisify(execFile)
const noAwsCli: string | false = await run('aws', ['--version']).then(
  () => false,
  () => 'the AWS CLI is not on this machine',
)

/** The code and status with which storage refuses, or `done`. */
const outcomeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: { name: string; $metadata?: { httpStatusCode?: number } }) =>
      `${error.name} ${error.$metadata?.httpStatusCode}`,
  )

/** A dock, the job it was given, and the storage that was lent for it. */
const lendingTo = async (t: TestContext, backend: Parameters<typeof dockByHand>[1]) => {
  const dock = await dockByHand(t, backend, { fleet: newFleet() })
  const { upload, command } = await dock.startUpload()
  const lent = lentBy(command)
  return { dock, upload, command, lent, client: s3AsDock(t, lent) }
}

test('what a start command lends', async (t) => {
  const backend = await orDeployed(shared)(t)
  const { dock, upload, command, lent } = await lendingTo(t, backend)
  const { bucket, keys } = lent
  const [Key = ''] = keys

  await t.test('is for an hour, and for the keys of the job alone', () => {
    const hourAhead = Date.parse(upload.createdAt) + 3_600_000
    assert(Math.abs(lent.expiresAt - hourAhead) < 10_000)
    assert.deepEqual(
      keys,
      upload.archives.map(({ objectKey }) => objectKey),
    )
    assert(Key.startsWith(`${upload.fleet}/${dock.dockSn}/`) && Key.endsWith(`/${upload.id}/dock.tar`))
  })

  const other = await dockByHand(t, backend, { fleet: upload.fleet })
  const theirs = lentBy((await other.startUpload()).command)
  const { accessKeyId, secretAccessKey, sessionToken } = lent.credentials
  const tampered: [string, Parameters<typeof s3AsDock>[1]['credentials'], string][] = [
    [
      'with another secret',
      { ...lent.credentials, secretAccessKey: [...secretAccessKey].reverse().join('') },
      'SignatureDoesNotMatch 403',
    ],
    ['without its token', { accessKeyId, secretAccessKey }, 'InvalidAccessKeyId 403'],
    [
      'with a cut token',
      { ...lent.credentials, sessionToken: sessionToken.slice(0, -8) },
      'InvalidToken 400',
    ],
    [
      'with the token of another job',
      { ...lent.credentials, sessionToken: theirs.credentials.sessionToken },
      'InvalidToken 400',
    ],
  ]
  for (const [how, credentials, refusal] of tampered)
    await t.test(`is worth nothing ${how}`, async () => {
      const client = s3AsDock(t, { ...lent, credentials: credentials })
      assert.equal(await outcomeOf(put(client, lent, 'x')), refusal)
    })

  await t.test('serves any S3 client, such as the AWS CLI', { skip: noAwsCli }, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'groundcrew-cli-'))
    t.after(() => rm(directory, { recursive: true }))
    const file = join(directory, 'dock.tar')
    await writeFile(file, Buffer.alloc(9 * 1024 * 1024))
    const env = {
      PATH: process.env.PATH,
      HOME: directory,
      AWS_MAX_ATTEMPTS: '1',
      AWS_ENDPOINT_URL_S3: lent.endpoint,
      AWS_DEFAULT_REGION: lent.region,
      // Where a deployed stage has a certificate that only this machine trusts.
      ...(process.env.AWS_CA_BUNDLE ? { AWS_CA_BUNDLE: process.env.AWS_CA_BUNDLE } : {}),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    }
    await run('aws', ['s3', 'cp', '--no-progress', file, `s3://${bucket}/${Key}`], { env })
    await assert.rejects(
      run('aws', ['s3', 'cp', '--no-progress', file, `s3://${bucket}/${theirs.keys[0]}`], { env }),
      /AccessDenied/,
    )
    await dock.answer(command, { result: 0 })
    await dock.report(command, { status: 'ok', step: 3, percent: 100, size: 9 * 1024 * 1024 })
    await dock.uploadUntil(upload.id, 'verified')
  })
})

test('what was lent for one bucket opens no other', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  const { lent, client } = await lendingTo(t, backend)
  assert.equal(await outcomeOf(put(client, { ...lent, bucket: 'somebody-elses' }, 'x')), 'AccessDenied 403')
})

test('what was lent ends after its hour', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  const { lent } = await lendingTo(t, backend)
  const ahead = 3_590_000
  clock.advance(ahead)
  assert.equal(await outcomeOf(put(s3AsDock(t, lent, { systemClockOffset: ahead }), lent, 'x')), 'done')
  clock.advance(20_000)
  const late = s3AsDock(t, lent, { systemClockOffset: ahead + 20_000 })
  assert.equal(await outcomeOf(put(late, lent, 'x')), 'ExpiredToken 400')
})
