import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minioSecretArn } from '../../local/minio.ts'
import { denied, fakeStorage, strict } from '../support/fake-storage.ts'
import { minio, noMinio, openOnMinio } from '../support/minio.ts'
import { assertCheck, checkOf } from '../support/storage-checks.ts'
import { onlyLocal, openLocal } from '../support/story.ts'
import { tellFunction } from '../support/template-edits.ts'

/** On MinIO there is no role, so no step looks for its fence. */
const inOrder = ['lend', 'put', 'putInParts', 'abort', 'keepToKey', 'read', 'remove']

test('a check of a MinIO server', { skip: noMinio }, async (t) => {
  const open = (variables: Record<string, string> = {}) =>
    openOnMinio(t, { alter: tellFunction('Apicheckstorage', variables) })
  const backend = await open()
  const keys = { accessKeyId: minio.accessKeyId, secretAccessKey: minio.secretAccessKey }

  await t.test('passes, and shows no secret', async () => {
    const { ok, steps } = await checkOf(backend)
    assert(ok, JSON.stringify(steps))
    assert.deepEqual(
      steps.flatMap(({ step, outcome }) => (outcome === 'passed' ? [step] : [])),
      inOrder,
    )
    assert(!`${JSON.stringify(steps)} ${backend.lines.join()}`.includes(minio.secretAccessKey))
  })

  for (const [what, wrong, detail] of [
    ['a rotated secret', { ...keys, secretAccessKey: 'rotated-away-long-ago' }, /SignatureDoesNotMatch/],
    ['a user that is not there', { ...keys, accessKeyId: 'nobody' }, /InvalidAccessKeyId/],
  ] as const)
    await t.test(`${what}: keysRefused, until the secret is right`, async () => {
      const mine = await open()
      mine.rotate(wrong)
      await assertCheck(mine, { step: 'lend', cause: 'keysRefused', detail })
      mine.rotate(keys)
      assert((await checkOf(mine)).ok, 'the next check takes up the right pair')
    })

  await t.test('a bucket that is not there: bucketMissing', async () =>
    assertCheck(await open({ UPLOAD_BUCKET: 'not-there' }), {
      step: 'put',
      cause: 'bucketMissing',
      detail: /404 NoSuchBucket/,
    }),
  )
})

const storageSecretArn = minioSecretArn
const good = JSON.stringify({ accessKeyId: 'OURS', secretAccessKey: 'our-secret' })

test('what is wrong with storage of one’s own is named', { skip: onlyLocal }, async (t) => {
  const storage = await fakeStorage(t)
  const elsewhere = await fakeStorage(t)
  const secrets = new Map([[storageSecretArn, '{ "user": "OURS" }']])
  const lines: string[] = []
  const backend = await openLocal(t, {
    context: {
      provider: 'minio',
      storageEndpoint: storage.url,
      dockStorageEndpoint: elsewhere.url,
      storageRegion: 'us-east-1',
      bucketName: 'dock-logs',
      storageSecretArn,
    },
    secrets,
    log: (_, line) => lines.push(line),
  })

  await t.test('a secret of another form: secretMalformed', () =>
    assertCheck(backend, { step: 'lend', cause: 'secretMalformed' }),
  )

  await t.test('a secret that is not there: secretNotReadable', async () => {
    secrets.delete(storageSecretArn)
    await assertCheck(backend, {
      step: 'lend',
      cause: 'secretNotReadable',
      detail: /ResourceNotFoundException/,
    })
    secrets.set(storageSecretArn, good)
  })

  // MinIO's STS says AccessDenied of all three; a request to the bucket tells them apart.
  for (const [what, byKeys, cause] of [
    ['a user who is disabled', { status: 403, code: 'InvalidAccessKeyId' }, 'keysRefused'],
    [
      'a region that is not the server’s',
      { status: 400, code: 'AuthorizationQueryParametersError' },
      'wrongRegion',
    ],
    ['a service account, which is good for all but lending', denied, 'keysMayNotLend'],
  ] as const)
    await t.test(`${what}: ${cause}`, async () => {
      storage.instead(({ lends }) => (lends ? denied : byKeys))
      await assertCheck(backend, {
        step: 'lend',
        cause,
        detail: new RegExp(cause === 'keysMayNotLend' ? 'lend: 403' : byKeys.code),
      })
    })

  await t.test('a console where the API should be: noIssuer', async () => {
    storage.refuse(({ lends }) => (lends ? { status: 200 } : undefined))
    await assertCheck(backend, { step: 'lend', cause: 'noIssuer' })
    storage.refuse(() => undefined)
  })

  await t.test('docks that reach another storage: otherStorage', () =>
    assertCheck(backend, { step: 'read', cause: 'otherStorage', detail: /404 NoSuchKey/ }),
  )

  await t.test('docks whose storage is not there: unreachable, although ours is', async () => {
    elsewhere.close()
    await assertCheck(backend, { step: 'put', cause: 'unreachable' })
  })

  await t.test('and no secret is shown or logged', async () => {
    const { steps } = await checkOf(backend)
    const shown = `${JSON.stringify(steps)} ${lines.join()}`
    for (const secret of ['our-secret', 'lent-secret', 'lent-token']) assert(!shown.includes(secret))
  })
})

test('a function that may not read the secret: secretNotReadable', { skip: onlyLocal }, async (t) => {
  const storage = await fakeStorage(t)
  storage.instead(strict)
  const backend = await openLocal(t, {
    context: {
      provider: 'minio',
      storageEndpoint: storage.url,
      storageRegion: 'us-east-1',
      bucketName: 'dock-logs',
      storageSecretArn,
    },
    secrets: new Map([[storageSecretArn, good]]),
    alter: ({ Resources }) => {
      for (const id of Object.keys(Resources))
        if (/^Apicheckstorage.*Policy/.test(id) && JSON.stringify(Resources[id]).includes('GetSecretValue'))
          delete Resources[id]
    },
  })
  await assertCheck(backend, { step: 'lend', cause: 'secretNotReadable', detail: /AccessDeniedException/ })
})
