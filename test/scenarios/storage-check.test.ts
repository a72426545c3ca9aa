import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { Template } from '../../lib/synthesize.ts'
import { denied, fakeStorage, type Guard } from '../support/fake-storage.ts'
import { assertCheck, checkOf, type Wanted } from '../support/storage-checks.ts'
import { onlyLocal, openLocal } from '../support/story.ts'
import { removeGrant, tellFunction } from '../support/template-edits.ts'

const run = promisify(execFile)
const openssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
)

const open = (t: TestContext, alter: (template: Template) => void) => openLocal(t, { alter })
const tell = (name: string, value: string) => tellFunction('Apicheckstorage', { [name]: value })

test('storage in order passes every step, and nothing stays of the probe', { skip: onlyLocal }, async (t) => {
  const lines: string[] = []
  const backend = await openLocal(t, { log: (_, line) => lines.push(line) })
  const { ok, steps } = await checkOf(backend)
  assert(ok)
  assert.deepEqual(
    steps.map(({ step, outcome }) => `${step} ${outcome}`),
    ['lend', 'put', 'putInParts', 'abort', 'keepToKey', 'keepToFolder', 'read', 'remove'].map(
      (step) => `${step} passed`,
    ),
  )
  await backend.idle()
  assert.deepEqual(backend.deadLetters(), [], 'what storage tells of the probe is no archive')
})

const misconfigured: [what: string, alter: (template: Template) => void, wanted: Wanted][] = [
  [
    'a trust policy without TagSession',
    removeGrant({ holder: 'UploadsUploadRole', action: 'sts:TagSession' }),
    { step: 'lend', cause: 'lendingRefused', detail: /sts:TagSession/ },
  ],
  [
    'a trust policy without SetSourceIdentity',
    removeGrant({ holder: 'UploadsUploadRole', action: 'sts:SetSourceIdentity' }),
    { step: 'lend', cause: 'lendingRefused', detail: /sts:SetSourceIdentity/ },
  ],
  [
    'an upload role without PutObject',
    removeGrant({ holder: 'UploadsUploadRole', action: 's3:PutObject' }),
    { step: 'put', cause: 'dockMayNotPut', detail: /s3:PutObject/ },
  ],
  [
    'an upload role without ListMultipartUploadParts',
    removeGrant({ holder: 'UploadsUploadRole', action: 's3:ListMultipartUploadParts' }),
    { step: 'putInParts', cause: 'dockMayNotListParts', detail: /s3:ListMultipartUploadParts/ },
  ],
  [
    'an upload role without AbortMultipartUpload',
    removeGrant({ holder: 'UploadsUploadRole', action: 's3:AbortMultipartUpload' }),
    { step: 'abort', cause: 'dockMayNotAbort', detail: /s3:AbortMultipartUpload/ },
  ],
  [
    'an upload role for more than the folder of one dock',
    ({ Resources }) => {
      for (const [id, { Properties }] of Object.entries(Resources))
        if (id.startsWith('UploadsUploadRole') && Properties)
          Properties.Policies = JSON.parse(
            JSON.stringify(Properties.Policies)
              .replace(/\$\{aws:\S+?\}\/\*/g, '*')
              .replace(/\$\{aws:\S+?\}\//g, ''),
          )
    },
    { step: 'keepToFolder', cause: 'roleTooWide', detail: /another folder/ },
  ],
  ['a bucket that is not there', tell('UPLOAD_BUCKET', 'gone'), { step: 'put', cause: 'bucketMissing' }],
  [
    'a backend that may not read',
    removeGrant({ holder: 'Apicheckstorage', action: 's3:GetObject' }),
    { step: 'read', cause: 'backendMayNotRead', detail: /s3:GetObject/ },
  ],
  [
    'a backend that may not delete',
    removeGrant({ holder: 'Apicheckstorage', action: 's3:DeleteObject' }),
    { step: 'remove', cause: 'backendMayNotDelete' },
  ],
  [
    'a backend that may not list',
    removeGrant({ holder: 'Apicheckstorage', action: 's3:ListBucket' }),
    { step: 'remove', cause: 'backendMayNotList' },
  ],
  [
    'an endpoint whose name does not resolve',
    tell('AWS_ENDPOINT_URL_S3', 'https://storage.invalid'),
    { step: 'put', cause: 'nameNotFound', detail: /ENOTFOUND|EAI_AGAIN/ },
  ],
]

for (const [what, alter, wanted] of misconfigured)
  test(`${what}: ${wanted.cause}`, { skip: onlyLocal }, async (t) =>
    assertCheck(await open(t, alter), wanted),
  )

test('an endpoint where nothing listens: unreachable', { skip: onlyLocal }, async (t) => {
  const storage = await fakeStorage(t)
  const backend = await open(t, tell('AWS_ENDPOINT_URL_S3', storage.url))
  storage.close()
  await assertCheck(backend, { step: 'put', cause: 'unreachable', detail: /ECONNREFUSED/ })
})

test('an STS that never answers: noAnswer', { skip: onlyLocal }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : ''
  const backend = await open(t, tell('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${port}`))
  // The function lets go of its connection only when the backend stops.
  t.after(() => server.close())
  await assertCheck(backend, { step: 'lend', cause: 'noAnswer' })
})

test('an STS that is out of order: serviceFailing', { skip: onlyLocal }, async (t) => {
  const backend = await openLocal(t)
  const mend = backend.faults.failService('sts')
  await assertCheck(backend, { step: 'lend', cause: 'serviceFailing', detail: /503/ })
  mend()
  assert((await checkOf(backend)).ok, 'the next check finds it mended')
})

test('a certificate', { skip: onlyLocal || (!openssl && 'openssl is not on this machine') }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-tls-'))
  t.after(() => rm(directory, { recursive: true }))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ]
  await run('openssl', [...request, '-subj', '/CN=storage.example', '-keyout', key, '-out', cert])
  const pems = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  const storage = await fakeStorage(t, pems)

  await t.test('of no public authority: certificateNotTrusted', async (t) => {
    const backend = await open(t, tell('AWS_ENDPOINT_URL_S3', storage.url))
    await assertCheck(backend, { step: 'put', cause: 'certificateNotTrusted', detail: /SELF_SIGNED/ })
  })
  await t.test('on an address that is said to be plain HTTP, or the other way round: notTls', async (t) => {
    const plain = await fakeStorage(t)
    const backend = await open(t, tell('AWS_ENDPOINT_URL_S3', plain.url.replace('http:', 'https:')))
    await assertCheck(backend, { step: 'put', cause: 'notTls' })
  })
})

/** Storage that cannot be had on this machine, played as the vendor's pages describe it. */
const played: [what: string, guard: Guard, wanted: Wanted, mode?: 'instead'][] = [
  [
    'a bucket in another region',
    () => ({ status: 301, code: 'PermanentRedirect' }),
    { step: 'put', cause: 'wrongRegion' },
  ],
  [
    'a signature for another region',
    () => ({ status: 400, code: 'AuthorizationHeaderMalformed' }),
    { step: 'put', cause: 'wrongRegion' },
  ],
  [
    'a clock that is off by an hour',
    () => ({
      status: 403,
      code: 'RequestTimeTooSkewed',
      headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
    }),
    { step: 'put', cause: 'clockOff', detail: /60 minutes behind ours/ },
  ],
  [
    'a clock that only its refusals show',
    () => ({ ...denied, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } }),
    { step: 'put', cause: 'clockOff', detail: /60 minutes ahead of ours/ },
  ],
  [
    'a KMS key that refuses',
    ({ lent }) =>
      lent
        ? {
            ...denied,
            message:
              'User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-central-1:1:key/2 because',
          }
        : undefined,
    { step: 'put', cause: 'keyDenied', detail: /missing: kms:GenerateDataKey on resource: arn:aws:kms:\S+$/ },
  ],
  [
    'a KMS key that is switched off',
    () => ({ status: 400, code: 'KMS.DisabledException' }),
    { step: 'put', cause: 'keyDenied' },
  ],
  ['a web page where storage should be', () => ({ status: 404 }), { step: 'put', cause: 'notObjectStorage' }],
  [
    'storage that lets everything through',
    () => undefined,
    { step: 'keepToKey', cause: 'scopeIgnored', detail: /beside.*another folder.*read.*list.*delete/ },
    'instead',
  ],
  [
    'a session policy that is not there, within a role that holds',
    ({ method, key, query, lent }) => {
      const uploads = ['PUT', 'POST'].includes(method) || query.has('uploadId')
      return lent && !(uploads && key.startsWith('groundcrew/storage-check/')) ? denied : undefined
    },
    {
      step: 'keepToKey',
      cause: 'sessionPolicyIgnored',
      detail: /^let through: put beside the key, put under the key in another case$/,
    },
    'instead',
  ],
  [
    'a server that takes keys in another case for the same',
    ({ method, query, lent, key }) =>
      lent &&
      !query.has('uploadId') &&
      (!['PUT', 'POST'].includes(method) || key === '' || /beside|neighbour/.test(key))
        ? denied
        : undefined,
    { step: 'keepToKey', cause: 'caseFolded', detail: /^let through: put under the key in another case$/ },
    'instead',
  ],
  [
    'a policy that lets docks read',
    ({ method, query, lent, key }) =>
      lent &&
      !query.has('uploadId') &&
      (method === 'DELETE' || key === '' || /beside|neighbour|PROBE/.test(key))
        ? denied
        : undefined,
    { step: 'keepToKey', cause: 'dockMayDoMore', detail: /^let through: read$/ },
    'instead',
  ],
  [
    'credentials that storage does not know',
    () => ({ status: 403, code: 'InvalidAccessKeyId' }),
    { step: 'put', cause: 'lentKeysUnknown' },
  ],
  ['storage that is full', () => ({ status: 507 }), { step: 'put', cause: 'storageFull' }],
  [
    'storage that is out of order',
    () => ({ status: 503, code: 'SlowDown' }),
    { step: 'put', cause: 'serviceFailing' },
  ],
  [
    'a lock on what is stored',
    ({ method, lent, query }) =>
      method === 'DELETE' && !lent && !query.has('uploadId') ? denied : undefined,
    { step: 'remove', cause: 'backendMayNotDelete' },
  ],
]

test('what is wrong with storage is named', { skip: onlyLocal }, async (t) => {
  const storage = await fakeStorage(t)
  const backend = await open(t, tell('AWS_ENDPOINT_URL_S3', storage.url))
  for (const [what, guard, wanted, mode = 'refuse'] of played)
    await t.test(`${what}: ${wanted.cause}`, async () => {
      storage[mode](guard)
      await assertCheck(backend, wanted)
    })
  await t.test('an upload that is stored and never answered: noAnswer, and it is removed', async () => {
    let isStored = false
    const before = storage.keys()
    storage.instead(({ method, lent }) => {
      if (method !== 'PUT' || !lent) return undefined
      isStored = true
      return 'silent'
    })
    await assertCheck(backend, { step: 'put', cause: 'noAnswer' })
    assert.deepEqual([isStored, storage.keys()], [true, before])
  })
  await t.test('and nothing, where nothing is', async () => {
    storage.refuse(() => undefined)
    // The role's own fence is not this storage's to keep: it knows no roles.
    const { steps } = await checkOf(backend)
    assert.deepEqual(
      steps.flatMap(({ step, outcome }) => (outcome === 'failed' ? [step] : [])),
      [],
    )
  })
})
