import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as z from 'zod/mini'
import { page } from '../../lambdas/http/shapes.ts'
import { Download, Upload } from '../../lambdas/logs/shapes.ts'
import { uploadStates } from '../../lambdas/logs/upload-states.ts'
import type { UploadView } from '../support/operator.ts'
import { firstBootAt, simulatedDock } from '../support/simulated-dock.ts'
import { newFleet, shareBackend } from '../support/story.ts'

const shared = shareBackend()

const hourMs = 3_600_000
const hour = (n: number) => new Date(firstBootAt + n * hourMs).toISOString()

const ranks = uploadStates.filter((state) =>
  ['requested', 'accepted', 'uploading', 'uploaded', 'verified'].includes(state),
)

/** What was seen of an upload, one after the other, never went back. */
const assertOnlyForward = (seen: readonly UploadView[]): void => {
  for (const [n, next] of seen.slice(1).entries()) {
    const before = seen[n]
    assert(before)
    assert(ranks.indexOf(next.state) >= ranks.indexOf(before.state), `${before.state}, then ${next.state}`)
    for (const [m, archive] of next.archives.entries()) {
      const earlier = before.archives[m]
      assert(
        earlier && archive.percent >= earlier.percent,
        `${earlier?.percent} %, then ${archive.percent} %`,
      )
    }
  }
}

const sha256Of = async (url: string): Promise<string> => {
  const response = await fetch(url)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/x-tar')
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment; filename="7CTDM.*\.tar"$/)
  return createHash('sha256')
    .update(await response.bytes())
    .digest('hex')
}

test('an operator gets the logs of a dock and its aircraft', async (t) => {
  const backend = await shared(t)
  const fleet = newFleet()
  const dock = await simulatedDock(t, backend, { fleet, pace: 10 })
  let upload: UploadView

  await t.test('after asking which there are', async () => {
    const listing = await dock.list()
    assert.equal(listing.state, 'received')
    const { modules } = await dock.logs()
    assert.deepEqual(
      modules.map(({ module, deviceSn, listingId, logs }) => [
        module,
        deviceSn,
        listingId,
        logs.map(({ bootIndex, startTime, sizeBytes }) => [bootIndex, startTime, sizeBytes]),
      ]),
      [
        [
          'aircraft',
          dock.aircraftSn,
          listing.id,
          [
            [1, hour(0), 120_000],
            [2, hour(1), 90_000],
            [3, hour(2), 60_000],
          ],
        ],
        [
          'dock',
          dock.dockSn,
          listing.id,
          [
            [1, hour(0), 120_000],
            [2, hour(1), 90_000],
            [3, hour(2), 60_000],
          ],
        ],
      ],
    )
  })

  await t.test('chosen by number and by time, and may watch', async () => {
    const { id } = await dock.start(
      [
        { module: 'dock', from: hour(1), to: hour(3) },
        { module: 'aircraft', bootIndexes: [1, 2] },
      ],
      { note: 'hard landing' },
    )
    assert.equal((await dock.dock()).activeUpload?.id, id)
    const seen: UploadView[] = []
    upload = await backend.until(
      async () => {
        const now = await dock.upload(id)
        seen.push(now)
        return now
      },
      ({ state }) => state === 'verified',
    )
    assertOnlyForward(seen)
    assert(seen.some(({ state }) => state === 'uploading'))
    assert.deepEqual(
      upload.archives.map(({ module, bootIndexes, percent, verification }) => [
        module,
        bootIndexes,
        percent,
        verification,
      ]),
      [
        ['aircraft', [1, 2], 100, 'verified'],
        ['dock', [2, 3], 100, 'verified'],
      ],
    )
    assert.equal(upload.note, 'hard landing')
    const { activeUpload, lastHeardAt } = await dock.dock()
    assert.equal(activeUpload, undefined)
    assert(lastHeardAt && lastHeardAt >= upload.createdAt)
  })

  await t.test('byte for byte as the dock packed them', async () => {
    for (const { module, objectKey, sizeBytes, fingerprint } of upload.archives) {
      const packed = dock.device.archives.find((archive) => archive.objectKey === objectKey)
      assert.deepEqual([sizeBytes, fingerprint], [packed?.sizeBytes, packed?.md5])
      const path = `${dock.path}/log-uploads/${upload.id}/archives/${module}/download`
      const { url, expiresAt } = Download.parse(await backend.must('GET', path))
      assert.equal(await sha256Of(url), packed?.sha256)
      assert(Date.parse(expiresAt) > Date.parse(upload.updatedAt))
      assert.equal((await fetch(url.replace(`${module}.tar`, 'other.tar'))).status, 403)
    }
  })

  await t.test('and the record says who did what', async () => {
    const { history = [], requestedBy } = await dock.upload(upload.id)
    assert.deepEqual(
      history.map(({ by, action }) => [by, action]),
      [
        [requestedBy, 'start'],
        [requestedBy, 'download aircraft'],
        [requestedBy, 'download dock'],
      ],
    )
  })

  await t.test('which is sent again only when it has changed', async () => {
    const path = `${dock.path}/log-uploads/${upload.id}`
    const first = await backend.api('GET', path)
    const etag = first.headers.get('etag') ?? ''
    const same = await backend.api('GET', path, undefined, {
      headers: { 'if-none-match': `"other", W/${etag}` },
    })
    assert.deepEqual([same.status, same.body], [304, undefined])
    await backend.must('GET', `${path}/archives/dock/download`)
    const changed = await backend.api('GET', path, undefined, { headers: { 'if-none-match': etag } })
    assert.equal(changed.status, 200)
    assert.notEqual(changed.headers.get('etag'), etag)
  })

  await t.test('and finds them in the view of the fleet', async () => {
    await backend.untilCaughtUp()
    const find = async (query: string) =>
      page(Upload)
        .parse(await backend.must('GET', `/v1/log-uploads?${query}`))
        .items.map(({ id }) => id)
    assert.deepEqual(await find(`fleet=${fleet}`), [upload.id])
    assert.deepEqual(await find(`fleet=${fleet}&state=verified&createdAfter=${hour(0)}`), [upload.id])
    assert.deepEqual(await find(`fleet=${fleet}&state=failed`), [])
    assert.deepEqual(await find(`fleet=${fleet}&createdBefore=${hour(0)}`), [])
    const Docks = page(z.object({ dockSn: z.string() }))
    const docks = Docks.parse(await backend.must('GET', `/v1/docks?fleet=${fleet}`))
    assert.deepEqual(
      docks.items.map(({ dockSn }) => dockSn),
      [dock.dockSn],
    )
  })

  await t.test('however large they are', async (t) => {
    const other = await simulatedDock(t, backend, { sizes: [9 * 1024 * 1024] })
    await other.list()
    const { id } = await other.start([{ module: 'dock', bootIndexes: [1] }])
    const { archives } = await other.uploadUntil(id, 'verified')
    const [packed] = other.device.archives
    assert((archives[0]?.sizeBytes ?? 0) > 8 * 1024 * 1024)
    const path = `${other.path}/log-uploads/${id}/archives/dock/download`
    assert.equal(await sha256Of(Download.parse(await backend.must('GET', path)).url), packed?.sha256)
  })
})
