import assert from 'node:assert/strict'
import { test } from 'node:test'
import { env as names } from '../../../../lambdas/runtime/env.ts'
import { refusesKeys, storedKeys } from '../../../../lambdas/storage/credentials/stored-keys.ts'
import { secretArn, serveSecret } from './captured-requests.ts'

const env = { [names.storageSecret]: secretArn }
const pair = (n: number) => ({ accessKeyId: `key-${n}`, secretAccessKey: `secret-${n}` })
const refusal = () => Object.assign(new Error('no'), { name: 'InvalidAccessKeyId' })

test('the key pair of the storage secret', async (t) => {
  const secret = await serveSecret(t, pair(1))
  const clock = { now: 1_800_000_000_000 }
  const withKeys = storedKeys(env, refusesKeys, () => clock.now)
  const keys = () => withKeys(async ({ accessKeyId }) => accessKeyId)

  await t.test('is read once, for five minutes', async () => {
    assert.deepEqual([await keys(), await keys()], ['key-1', 'key-1'])
    clock.now += 299_999
    await keys()
    assert.equal(secret.requests.length, 1)
    assert.equal(secret.requests[0]?.headers['x-amz-target'], 'secretsmanager.GetSecretValue')
    assert.deepEqual(JSON.parse(secret.requests[0]?.body ?? ''), { SecretId: secretArn })
  })

  await t.test('is read again after that', async () => {
    secret.set(pair(2))
    clock.now += 1
    assert.equal(await keys(), 'key-2')
    assert.equal(secret.requests.length, 2)
  })

  await t.test('is read again at once when it is refused, and what failed is done once more', async () => {
    secret.set(pair(3))
    const tried: string[] = []
    await withKeys(async ({ accessKeyId }) => {
      tried.push(accessKeyId)
      if (accessKeyId === 'key-2') throw refusal()
    })
    assert.deepEqual(tried, ['key-2', 'key-3'])
  })

  await t.test('is not tried a second time when it is still the same', async () => {
    let tries = 0
    const trying = withKeys(async () => {
      tries += 1
      throw refusal()
    })
    await assert.rejects(trying, { name: 'InvalidAccessKeyId' })
    assert.equal(tries, 1)
  })

  await t.test('is not read again for a failure that has nothing to do with it', async () => {
    const before = secret.requests.length
    await assert.rejects(withKeys(() => Promise.reject(new Error('no way there'))))
    assert.equal(secret.requests.length, before)
  })
})

test('a secret of another form is an error that says nothing of what is in it', async (t) => {
  const secret = await serveSecret(t, 'plain-password')
  for (const content of [
    'plain-password',
    '{"accessKeyId":"a"}',
    { accessKeyId: '', secretAccessKey: 'plain-password' },
  ]) {
    secret.set(content)
    await assert.rejects(
      storedKeys(env, refusesKeys)(async () => {}),
      ({ message }: Error) =>
        /accessKeyId and secretAccessKey/.test(message) && !message.includes('plain-password'),
    )
  }
})
