import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Listing, Upload } from '../../../lambdas/logs/shapes.ts'
import { start, wireBackend } from '../../support/backend.ts'
import { batchOf, objectCreated, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { inShort, once, publishedEvents, recordedChanges } from '../../support/recorded-changes.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

suite('The events of an upload', () => {
  const world = openTable()

  let docks = 0
  const begin = async (boots: number[] = [1, 2]) => {
    const clock = { now: start }
    const recorded = recordedChanges(world.table, () => clock.now)
    const backend = wireBackend(recorded.table)
    docks += 1
    const upload = await backend.open(`TOLD${docks}`, [
      { module: 'aircraft', bootIndexes: boots },
      { module: 'dock', bootIndexes: [7] },
    ])
    const file = (module: 'aircraft' | 'dock', progress: object, more: object = {}) => ({
      module: module === 'aircraft' ? '0' : '3',
      key: upload.keyOf(module),
      size: 400,
      ...more,
      progress: { current_step: 1, total_step: 3, ...progress },
    })
    const at = (seconds: number) => {
      clock.now = Math.max(clock.now, start + seconds * 1000)
      backend.clock.now = clock.now
    }
    const said = (payload: unknown, seconds: number) =>
      batchOf(queued({ dockSn: upload.dockSn, payload, receivedAt: start + seconds * 1000 }))
    const progress = (seconds: number, files: Parameters<typeof progressPayload>[1], status?: string) =>
      backend.progress(said(progressPayload(upload.id, files, status), seconds))
    const stored = (seconds: number, module: 'aircraft' | 'dock', size: number, sequencer: string) =>
      backend.archives(
        batchOf(
          objectCreated({
            key: upload.keyOf(module),
            size,
            etag: 'x-2',
            sequencer,
            at: start + seconds * 1000,
          }),
        ),
      )
    const steps: ((seconds: number) => Promise<unknown>)[] = [
      (seconds) => backend.replies(said(replyPayload(upload.commandId, { result: 0 }), seconds)),
      (seconds) => progress(seconds, [file('aircraft', { status: 'file_pull', progress: 40 })]),
      (seconds) => progress(seconds, [file('aircraft', { status: 'file_pull', progress: 90 })]),
      (seconds) => progress(seconds, [file('aircraft', { status: 'ok', result: 0 })]),
      (seconds) => progress(seconds, [file('dock', { status: 'ok', result: 0 })], 'ok'),
      (seconds) => progress(seconds, [file('dock', { status: 'failed', result: 324_030 })]),
      (seconds) => stored(seconds, 'aircraft', 400, '0A1'),
      (seconds) => stored(seconds, 'dock', 400, '0A2'),
      (seconds) => stored(seconds, 'dock', 999, '0A3'),
      async () => {},
    ]
    return {
      backend,
      upload,
      at,
      steps,
      recorded,
      published: async (takes?: () => boolean) =>
        once(await publishedEvents(world.table, recorded.records, takes)),
    }
  }

  test('are changes of its state but not of its percentage, with the record as the API shows it', async () => {
    const { at, steps, published, upload } = await begin()
    for (const [n, step] of [0, 1, 2, 3, 4, 6, 7].entries()) {
      at(n + 1)
      await steps[step]?.(n + 1)
    }
    const all = await published()
    assert.deepEqual(all.map(inShort), [
      'upload.requested',
      'upload.accepted after requested',
      'upload.uploading after accepted',
      'upload.uploaded after uploading',
      'upload.verified after uploaded',
    ])
    for (const { subject, fleet, type, data } of all) {
      assert.equal(subject, `docks/${upload.dockSn}/log-uploads/${upload.id}`)
      assert.equal(fleet, 'north')
      assert.equal(`groundcrew.upload.${Upload.parse(data.record).state}.v1`, type)
    }
  })

  test('are archives that differ from the dock’s report or were overwritten, each with its module', async () => {
    const { at, steps, published, upload } = await begin()
    for (const [n, step] of [0, 3, 4, 6, 8, 7].entries()) {
      at(n + 1)
      await steps[step]?.(n + 1)
    }
    const archives = (await published()).filter(({ type }) => type.startsWith('groundcrew.archive.'))
    assert.ok(archives.length > 0)
    for (const { subject } of archives)
      assert.equal(subject, `docks/${upload.dockSn}/log-uploads/${upload.id}/archives/dock`)
    assert.ok(archives.some(({ type }) => type === 'groundcrew.archive.mismatched.v1'))
  })

  test('are cut, and say so, if the request has hundreds of logs', async () => {
    const { published } = await begin(Array.from({ length: 9_000 }, (_, n) => n + 1))
    const [opened] = await published()
    assert.ok(JSON.stringify(opened).length < 20_000)
    assert.ok(JSON.stringify(opened?.data.record).includes('"bootIndexes":[1,2,3'))
  })

  test('are the history of the projected states, whatever comes, in any order, and is published twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 9 }), fc.constantFrom(1, 20, 400, 4_000)), { maxLength: 14 }),
        fc.infiniteStream(fc.boolean()),
        async (happenings, luck) => {
          const { backend, upload, at, steps, recorded, published } = await begin()
          let seconds = 0
          for (const [step, later] of happenings) {
            seconds += later
            at(seconds)
            await steps[step]?.(seconds)
            await backend.hot.review(upload.dockSn, upload.id)
          }
          let refusals = 0
          const states = (await published(() => refusals++ > 12 || luck.next().value !== false))
            .filter(({ type }) => type.startsWith('groundcrew.upload.'))
            .map(({ data }) => `${data.previous?.state} ${data.record.state}`)
          const history = recorded.changes
            .filter(({ key }) => key.sk === `UPLOAD#${upload.id}#state`)
            .filter(({ before, after }) => before?.state !== after?.state)
            .map(({ before, after }) => `${before?.state} ${after?.state}`)
          // A bus that takes some of what it is given keeps no order.
          assert.deepEqual(states.toSorted(), history.toSorted())
        },
      ),
      rounds(40),
    )
  })
})

test('A listing has an event once the dock has answered, or the command could not be sent', async () => {
  const world = openTable()
  const recorded = recordedChanges(world.table, () => start)
  const backend = wireBackend(recorded.table)
  const dock = (await backend.docks.register('LISTS', { fleet: 'north' }, 'all', start)) ?? assert.fail()
  const listing = (id: string) => ({
    id,
    modules: ['dock' as const],
    createdAt: start,
    deadlineAt: start + 15_000,
    requestedBy: 'ann',
  })
  for (const id of ['one', 'two', 'three']) await backend.listings.open(dock, listing(id), undefined)
  const reply = { commandId: 'one', result: 0, modules: [{ module: 'dock' as const, result: 0, logs: [] }] }
  const receipt = { receivedAt: start + 900, receiptId: 'r' }
  await backend.listings.answer('LISTS', 'one', reply, receipt)
  await backend.listings.answer('LISTS', 'one', reply, { ...receipt, receivedAt: start + 100 })
  await backend.listings.notSent('LISTS', 'two')
  const published = once(await publishedEvents(world.table, recorded.records))
  assert.deepEqual(
    published.map((one) => [inShort(one), one.subject, one.fleet, Listing.parse(one.data.record).state]),
    [
      ['listing.received after requested', 'docks/LISTS/log-listings/one', 'north', 'received'],
      ['listing.failed after requested', 'docks/LISTS/log-listings/two', 'north', 'failed'],
    ],
  )
})
