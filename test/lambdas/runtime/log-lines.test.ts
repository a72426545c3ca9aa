import { routes } from '../../../lambdas/contract/routes.ts'
import '../../support/log-lines.ts'

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, suite, test } from 'node:test'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import { refusalLogger } from '../../../lambdas/accounts/log-refusals.ts'
import { eventPutter } from '../../../lambdas/events/bus.ts'
import { publishChanges } from '../../../lambdas/events/publish-changes.ts'
import { onHttp } from '../../../lambdas/http/on-http.ts'
import { onQueue } from '../../../lambdas/queue/batch.ts'
import { disconnecter } from '../../../lambdas/runtime/disconnect.ts'
import { env as names } from '../../../lambdas/runtime/env.ts'
import { messages } from '../../../lambdas/runtime/log.ts'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { inTime, withinMs } from '../../../lambdas/runtime/time-left.ts'
import { archives } from '../../../lambdas/storage/archives/configured.ts'
import { StorageRefused } from '../../../lambdas/storage/archives/presigned-requests.ts'
import { checkStorage } from '../../../lambdas/storage/check/run.ts'
import { onClock, sweepDue } from '../../../lambdas/sweeps/on-clock.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { type Api, wireApi } from '../../support/api.ts'
import { wireBackend } from '../../support/backend.ts'
import { wireCampaigns } from '../../support/campaigns.ts'
import { wirePower } from '../../support/debugging.ts'
import { batchOf, objectCreated, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { failingTable } from '../../support/failing-table.ts'
import { eventOf } from '../../support/http-calls.ts'
import { collectLines, type Line } from '../../support/log-lines.ts'
import { wireOrganizations } from '../../support/organizations.ts'
import { noFiles, wirePackages } from '../../support/packages.ts'
import { openTable } from '../../support/table.ts'
import { progress as upgradeProgress, wireUpgrades } from '../../support/upgrades.ts'
import { opened, seconds } from '../../support/upload-facts.ts'

/**
 * The ids that `docs/runbook.md` promises for each kind of line, held against lines that functions wrote. The
 * table is read from the page: what it says is what is tested.
 */
const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8')

/** The ids that each kind of line always has, as the page lists them; of those with `or` between them one. */
const promised = new Map(
  [...runbook.matchAll(/^\| `([^|`]+)` \| ([^|]*) \|/gm)].map(([, text = '', ids = '']) => [
    text,
    ids.split(',').map((some) => [...some.matchAll(/`(\w+)`/g)].map(([, id = '']) => id)),
  ]),
)

const lines = collectLines()
const seen = new Set<unknown>()
let invocations = 0
/** Lambda's id of the next invocation, and what it tells of it. */
const invocation = () => {
  invocations += 1
  const awsRequestId = `00000000-0000-4000-8000-${String(invocations).padStart(12, '0')}`
  return { awsRequestId, getRemainingTimeInMillis: () => 60_000 }
}

const isAbout = (line: Line, ids: Line): boolean =>
  Object.entries(ids).every(([name, value]) => JSON.stringify(line[name]) === JSON.stringify(value))

/** What was logged since the last look, without what was counted; one of it has all these ids. */
const assertLogged = (message: string, ids: Line): void => {
  const fitting = lines.filter((line) => line.message === message && isAbout(line, ids))
  assert.equal(fitting.length, 1, JSON.stringify([ids, lines], null, 1))
}

suite('Each line', () => {
  const world = openTable()

  /** Whatever a test is about, the page's promise is held against all lines that it made. */
  afterEach(() => {
    for (const line of lines.splice(0)) {
      assert.match(String(line.requestId), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, JSON.stringify(line))
      if ('_aws' in line) continue
      seen.add(line.message)
      for (const names of promised.get(String(line.message)) ?? [])
        assert.ok(
          names.some((name) => line[name] !== undefined),
          `${names} in ${JSON.stringify(line)}`,
        )
    }
  })

  const openUpload = async (dockSn: string) => {
    const backend = wireBackend(world.table)
    return { backend, ...(await backend.open(dockSn)) }
  }
  /** The functions over a line to the table that fails for calls that hold this text. */
  const cutFor = (text: string): Table =>
    failingTable(world.table, (call) => (call.includes(text) ? 'lost' : undefined))
  const ids = (...records: SQSRecord[]) => records.map(({ messageId }) => messageId)
  const run = async (work: (event: SQSEvent) => Promise<string[]>, ...records: SQSRecord[]) => {
    const of = invocation()
    const { batchItemFailures } = await onQueue(() => work)(batchOf(...records), of)
    return { requestId: of.awsRequestId, failed: batchItemFailures.length }
  }

  test('of a batch of reports has the invocation, the messages, the dock and the upload', async () => {
    const { id, dockSn, keyOf } = await openUpload('DOCK1')
    const report = (file: object, bid = id) =>
      queued({
        dockSn,
        payload: {
          ...progressPayload(bid, [{ ...file, progress: { progress: 1, status: 'file_zip' } }]),
          need_reply: 1,
        },
        receivedAt: opened + seconds(5),
      })
    const [one, two] = [report({ key: keyOf('dock') }), report({ key: keyOf('dock') })]
    const { requestId, failed } = await run(wireBackend(cutFor(id)).progress, one, two)
    assert.equal(failed, 2)
    const line = { requestId, dockSn, uploadId: id, messageIds: ids(one, two), errorName: 'TimeoutError' }
    assertLogged(messages.batchItemFailed[1], line)
  })

  test('has the upload also where only the dock’s record says which it is', async () => {
    const { id, dockSn } = await openUpload('DOCK2')
    const record = queued({
      dockSn,
      payload: progressPayload('unknown', [{ module: '3', progress: { progress: 1, status: 'file_zip' } }]),
      receivedAt: opened + seconds(5),
    })
    const { requestId } = await run(wireBackend(cutFor(`"UPLOAD#${id}`)).progress, record)
    assertLogged(messages.batchItemFailed[1], { requestId, dockSn, uploadId: id, messageIds: ids(record) })
  })

  test('of a reply has the command, and the upload or the listing that it was for', async () => {
    const { id, dockSn, commandId } = await openUpload('DOCK3')
    const reply = (tid: string) =>
      queued({ dockSn, payload: replyPayload(tid, { result: 0 }), receivedAt: opened + 9 })
    const [known, unknown] = [reply(commandId), reply('not-ours')]
    const { requestId } = await run(wireBackend(cutFor(`"UPLOAD#${id}`)).replies, known, unknown)
    const both = { requestId, dockSn }
    assertLogged(messages.batchItemFailed[1], { ...both, commandId, uploadId: id, messageIds: ids(known) })
    assertLogged(messages.unknownCommand[1], { ...both, commandId: 'not-ours', messageIds: ids(unknown) })
  })

  test('of a listing that could not be kept has the listing', async () => {
    const api = wireApi(world.table)
    await api.docks.register('DOCK4', { fleet: 'north' }, 'all', api.clock.now)
    const asked = await api.call('requestListing', { params: { dockSn: 'DOCK4' }, body: {} })
    const { id = '' } = Object(asked.body)
    const { tid = '' } = JSON.parse(api.sent[0]?.payload ?? '{}')
    const answer = queued({
      dockSn: 'DOCK4',
      payload: replyPayload(tid, { result: 0, files: [] }, 'fileupload_list'),
      receivedAt: opened + 9,
    })
    const { requestId } = await run(wireBackend(cutFor(`LISTING#${id}`)).replies, answer)
    assertLogged(messages.batchItemFailed[1], { requestId, dockSn: 'DOCK4', listingId: id })
  })

  test('of what could not be understood, or only in part, has the dock and the message', async () => {
    const { id, dockSn, keyOf, backend } = await openUpload('DOCK5')
    const nonsense = queued({ dockSn, payload: '{', receivedAt: opened })
    const again = queued({ dockSn, payload: '{', receivedAt: opened })
    const file = { key: keyOf('dock'), size: -1, progress: { progress: 1, status: 'file_zip' } }
    const odd = queued({ dockSn, payload: progressPayload(id, [file]), receivedAt: opened + 1 })
    const { requestId } = await run(backend.progress, nonsense, odd, again)
    const rejected = { requestId, dockSn, messageIds: ids(nonsense, again), times: 2 }
    assertLogged(messages.rejectedMessage[1], rejected)
    assertLogged(messages.fieldsDropped[1], { requestId, dockSn, messageIds: ids(odd) })
    const lost = await run(wireBackend(cutFor('REJECTED')).progress, nonsense)
    const line = { requestId: lost.requestId, dockSn, messageIds: ids(nonsense) }
    assertLogged(messages.batchItemFailed[1], line)
  })

  test('of an archive’s event has the dock and the upload, or the message alone of what is none', async () => {
    const { id, dockSn, keyOf } = await openUpload('DOCK6')
    const event = objectCreated({ key: keyOf('dock'), size: 1, etag: 'e', sequencer: '01', at: opened })
    const poison = { ...event, messageId: 'poison', body: 'no json' }
    await run(wireBackend(cutFor(id)).archives, event, poison)
    assertLogged(messages.batchItemFailed[1], { dockSn, uploadId: id, messageIds: ids(event) })
    assertLogged(messages.batchItemFailed[1], { messageIds: ['poison'], errorName: 'SyntaxError' })
  })

  test('of an archive that was overwritten has dock, upload and archive, once, and it is counted', async () => {
    const { id, dockSn, keyOf, backend } = await openUpload('DOCK11')
    const object = (sequencer: string) =>
      objectCreated({ key: keyOf('dock'), size: 400, etag: 'x-2', sequencer, at: opened })
    const ok = { module: '3', key: keyOf('dock'), size: 400, progress: { status: 'ok', result: 0 } }
    const word = queued({ dockSn, payload: progressPayload(id, [ok]), receivedAt: opened + 9 })
    await run(backend.progress, word)
    await run(backend.archives, object('0A'))
    const { requestId } = await run(backend.archives, object('0B'))
    await run(backend.archives, object('0C'))
    assertLogged(messages.archiveOverwritten[1], { requestId, dockSn, uploadId: id, module: 'dock' })
    assert.deepEqual(
      lines.flatMap(({ Incidents: times }) => times ?? []),
      [1],
    )
  })

  test('of a device has its id, and that of the gateway that spoke for it', async () => {
    const { device } = wireUpgrades(world.table)
    const gateway = device()
    const child = `${gateway.deviceId}_child`
    const message = gateway.message([upgradeProgress(1, 'v1')], { about: child })
    await run(wireUpgrades(cutFor(child)).ingest, message)
    const spoken = { deviceId: child, gatewayId: gateway.deviceId, messageIds: ids(message) }
    assertLogged(messages.batchItemFailed[1], spoken)
    const nonsense = gateway.message('no list')
    await run(wireUpgrades(world.table).ingest, nonsense)
    assertLogged(messages.rejectedMessage[1], { deviceId: gateway.deviceId, messageIds: ids(nonsense) })
  })

  test('of a request has the id that its problem names', async () => {
    const api = wireApi(world.table)
    await api.listedDock('DOCK7')
    const start = {
      params: { dockSn: 'DOCK7' },
      body: { selections: [{ module: 'dock', bootIndexes: [1] }] },
    }
    const instanceOf = async (of: Api, route: 'startUpload' | 'getDock' | 'requestListing', call = start) =>
      (await of.call(route, call)).problem.instance?.replace(/^urn:uuid:/, '')
    api.broken.add('issuer')
    const notSent = { requestId: await instanceOf(api, 'startUpload'), dockSn: 'DOCK7' }
    assertLogged(messages.commandNotSent[1], notSent)
    assert.match(String(lines.find(({ uploadId }) => uploadId)?.uploadId), /^[\da-f-]{36}$/)
    const read = { params: { dockSn: 'DOCK7' }, body: {} }
    const failed = { requestId: await instanceOf(wireApi(cutFor('DOCK7')), 'getDock', read as typeof start) }
    const where = { route: 'GET /v1/docks/{dockSn}', path: '/v1/docks/DOCK7', apiRequestId: 'request-1' }
    assertLogged(messages.requestFailed[1], { ...failed, ...where, errorName: 'TimeoutError' })
    api.broken.delete('issuer')
    api.broken.add('broker')
    const listing = await instanceOf(api, 'requestListing', read as typeof start)
    assertLogged(messages.commandNotSent[1], { requestId: listing, dockSn: 'DOCK7' })
  })

  test('of a file that its package has no more has the package', async () => {
    const files = {
      ...noFiles,
      uploadLink: async () => ({ url: 'https://storage.example/', headers: {} }),
      remove: () => Promise.reject(new StorageRefused('DELETE', 503)),
    }
    const { put, call, packages } = wirePackages(world.table, files)
    await put('left')
    const params = { id: 'left' }
    const file = { size: 1, sha256: '0'.repeat(64), md5: '0'.repeat(32) }
    await call('uploadPackage', { params, body: { ...file, fileName: 'a' } })
    const { file: before } = (await packages.get('left')) ?? {}
    await call('uploadPackage', { params, body: { ...file, fileName: 'b' } })
    assertLogged(messages.packageFileLeft[1], { packageId: 'left', objectKey: before?.key })
  })

  test('of a cancel whose history could not be kept has dock and upload', async () => {
    const { id, dockSn } = await openUpload('DOCK8')
    const cut = wireApi(
      failingTable(world.table, (call) => (/PutCommand.*HISTORY/.test(call) ? 'lost' : undefined)),
    )
    const canceled = await cut.call('cancelUpload', { params: { dockSn, id }, body: {} })
    assert.equal(canceled.status, 202, canceled.text)
    assertLogged(messages.historyNotKept[1], { dockSn, uploadId: id })
  })

  test('of upgrades has device and attempt, or campaign', async () => {
    const upgrades = wireUpgrades(world.table)
    const device = upgrades.device()
    await device.register()
    upgrades.broker.failing = true
    const { id } = await device.open()
    assertLogged(messages.versionNotAsked[1], { deviceId: device.deviceId, attemptId: id })
    await wireCampaigns(world.table).put('spring')
    const cut = wireCampaigns(
      failingTable(world.table, (call) => (/^TransactWrite.*DEVICE#lost/.test(call) ? 'lost' : undefined)),
    )
    await cut.add('spring', ['lost'])
    assertLogged(messages.deviceNotAdded[1], { campaignId: 'spring', deviceId: 'lost' })

    const driving = wireCampaigns(world.table)
    const params = { id: 'driven' }
    await driving.havePackage('driven')
    await driving.done('putCampaign', { params, body: { name: 'Driven', packageId: 'driven' } })
    await driving.add('driven', ['lost'])
    await driving.done('startCampaign', { params })
    await onClock(() => cut.sweep)(undefined, invocation())
    assertLogged(messages.turnNotAdvanced[1], { campaignId: 'driven', deviceId: 'lost' })
  })

  test('of a change that cannot be told has its number in the stream, and of a bus how many it refused', async (t) => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'later' }]
    const server = createServer((_, response) =>
      response.end(JSON.stringify({ FailedEntryCount: 1, Entries })),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const { port } = Object(server.address())
    const bus = new EventBridgeClient({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'not-to-be-seen' },
    })
    const put = eventPutter(bus, 'Groundcrew')
    const tell = publishChanges({
      sources: [],
      source: 's',
      read: async () => [],
      put,
      putAside: async () => {},
    })
    await inTime(invocation(), () => tell([{ dynamodb: { SequenceNumber: '17' } }]))
    assertLogged(messages.changeNotPublished[1], { sequence: '17' })
    const { retryable } = await inTime(invocation(), () =>
      put([{ type: 'groundcrew.upload.verified.v1', at: opened, detail: '{}' }]),
    )
    assert.deepEqual([...retryable], [0])
    assertLogged(messages.eventsRefused[1], { refused: 1, errorCode: 'ThrottlingException' })
  })

  test('of a sweep has the sweep and what it looked at', async () => {
    const key = { pk: 'x', sk: 'y' }
    const due = {
      list: async function* () {
        yield key
      },
      postpone: async () => {
        throw new Error('out of order')
      },
    }
    const subject = { dockSn: 'DOCK9', uploadId: 'upload-9' }
    const sweep = () =>
      sweepDue(
        { due, now: () => opened },
        {
          name: 'test',
          subjectOf: () => subject,
          check: async () => {
            throw new Error('out of order')
          },
        },
      )
    const of = invocation()
    await onClock(() => sweep)(undefined, of)
    const line = { requestId: of.awsRequestId, sweep: 'test', ...subject }
    assertLogged(messages.sweepFailed[1], line)
    assertLogged(messages.notPostponed[1], line)
    await onClock(() => sweep)(undefined, { ...invocation(), getRemainingTimeInMillis: () => 5_000 })
    assertLogged(messages.sweepCutShort[1], { sweep: 'test', left: 1 })
  })

  test('of storage that refuses us has dock and upload, where the object is an archive', async (t) => {
    const server = createServer((_, response) => response.writeHead(403).end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const { port } = Object(server.address())
    const { dockSn, id, keyOf } = await openUpload('DOCK10')
    const keys = { accessKeyId: 'AKIATEST', secretAccessKey: 'not-to-be-seen' }
    process.env.AWS_ACCESS_KEY_ID = keys.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = keys.secretAccessKey
    const storage = archives({
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      [names.bucket]: 'uploads',
    })
    const { requestId } = await run(async () => {
      await assert.rejects(storage.find(keyOf('dock')), StorageRefused)
      return []
    })
    const line = { requestId, method: 'HEAD', objectKey: keyOf('dock'), dockSn, uploadId: id }
    assertLogged(messages.storageRefusesUs[1], line)
  })

  test('of the storage check has the step', async () => {
    const lend = async () => {
      throw new Error('out of order')
    }
    const presignWith = () => async () => assert.fail('nothing was lent')
    const check = { lend, archives: wireApi(world.table).archives, presignWith, newId, now: () => opened }
    const handle = onHttp(routes, () => checkStorage({ ...check, provider: 'aws' }))
    const of = invocation()
    await handle(eventOf('checkStorage'), of)
    assertLogged(messages.storageCheckFailed[1], { requestId: of.awsRequestId, step: 'lend' })
  })

  test('of a no to a dock has the dock, its message, what it asked and why', async () => {
    const noLicence = wireOrganizations(world.table, () => Promise.reject(new Error('no secret')))
    await inTime(invocation(), async () => {
      await wireOrganizations(world.table).ask('SN2', 'storage_config_get', {})
      await noLicence.ask('SN2', 'config', {})
    })
    const ofDock = { dockSn: 'SN2' }
    assertLogged(messages.dockRefused[1], { ...ofDock, request: 'other', refusals: ['unsupported'] })
    assertLogged(messages.dockNotAnswered[1], { ...ofDock, request: 'config' })
  })

  test('of a debug mode has the dock, and what could not be sent or who had it', async () => {
    const { dockSn, connect, now, wait } = await wirePower(world.table)
    const power = connect(world.table, () => () => Promise.reject(new Error('no broker')))
    const ids = { dockSn, command: 'open' }
    await inTime(invocation(), async () => {
      await power.open(dockSn, 'one', now() + 1)
      for (let n = 0; n < 20; n += 1) {
        wait(60)
        await power.look(dockSn)
      }
    })
    assertLogged(messages.commandNotSent[1], ids)
    assertLogged(messages.debugModeStuck[1], { dockSn, holder: 'one' })
  })

  test('of a login that was refused has why, and how often; of a connection that goes on its client', async () => {
    Object.assign(process.env, {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    })
    const tell = refusalLogger(() => 0)
    await inTime(undefined, async () => {
      for (const _ of [1, 2]) tell({ fault: 'wrongPassword', dockSn: 'SN1', userName: 'dockabcdefgh' })
      const nowhere = { [names.iotEndpoint]: 'http://127.0.0.1:1' }
      await withinMs(1, () => disconnecter(nowhere)('SN1'))
    })
    assertLogged(messages.loginRefused[1], { fault: 'wrongPassword', dockSn: 'SN1', times: 1 })
    assertLogged(messages.connectionNotEnded[1], { clientId: 'SN1' })
  })
})

suite('The runbook', () => {
  const texts = Object.values(messages).map(([, text]) => text)

  test('names each kind of line and no other', () =>
    assert.deepEqual([...promised.keys()].sort(), [...texts].sort()))

  test('is tried with a line of each kind', () => {
    assert.deepEqual([...seen].sort(), [...texts].sort())
  })
})
