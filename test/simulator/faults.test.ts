import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { type Faults, parseFaults } from '../../simulator/dock/faults.ts'
import { type Heard, keyOf, startWorld, type World } from './dock-world.ts'

let world: World
afterEach(() => world?.close())

const isEvent = ({ topic }: Heard) => topic.endsWith('/events')
const statuses = () => world.outputs().map(({ status }) => status)
const archivePath = `/archives/${keyOf('dock')}`

/** Lists and runs an export of one small archive of each module with a fault. */
const runWith = async (faults: Faults) => {
  world = await startWorld({ faults })
  await world.list()
  await world.run({ aircraft: [1], dock: [2] })
}

describe('faults of the link', () => {
  it('offline: connects only when the fault is taken away', async () => {
    world = await startWorld({ faults: { offline: true } })
    assert.equal(world.broker.connectedClients, 0)
    await world.dock.setFaults({})
    assert.equal((await world.list()).data.result, 0)
    await world.dock.setFaults({ offline: true })
    await once(world.broker, 'clientDisconnect')
  })

  it('noReply: uploads without an answer', async () => {
    world = await startWorld({ faults: { noReply: true } })
    const done = world.idle()
    const { topic, payload } = world.startMessage({ dock: [1] }, 'tid-1')
    await world.tell(topic, payload)
    await done
    await world.dock.setFaults({})
    await world.list()
    assert.equal(world.last('dock')?.progress.status, 'ok')
    assert.ok(!world.heard.some(({ message }) => message.tid === 'tid-1'))
  })

  it('lateReply: answers after reports have begun', async () => {
    world = await startWorld({ faults: { lateReply: 20 } })
    const tid = (await world.start({ dock: [9] })).tid
    const order = world.heard.map((heard) => (isEvent(heard) ? 'report' : heard.message.tid))
    assert.equal(order[0], 'report')
    assert.equal(order.filter((what) => what === tid).length, 1)
  })

  it('duplicates: sends every message twice, word for word', async () => {
    await runWith({ duplicates: true })
    const counts = Map.groupBy(world.heard, ({ raw }) => raw)
    const barrier = [...counts.values()].at(-1)?.length ?? 0
    assert.ok([...counts.values()].slice(0, -1).every(({ length }) => length === 2))
    assert.ok(barrier >= 1)
  })

  it('reorder: sends events in swapped pairs and loses none', async () => {
    await runWith({})
    const inOrder = world.outputs().map((output) => JSON.stringify(output))
    await world.close()
    await runWith({ reorder: true })
    const swapped = world.outputs().map((output) => JSON.stringify(output))
    assert.deepEqual(swapped.toSorted(), inOrder.toSorted())
    assert.deepEqual(swapped.slice(0, 2), inOrder.slice(0, 2).reverse())
  })
})

describe('faults of an upload', () => {
  it('networkFailure: fails after some bytes and leaves the parts behind', async () => {
    world = await startWorld({ faults: { networkFailure: 8.5 * 1024 * 1024 } })
    await world.run({ dock: [9] })
    assert.equal(world.last('dock')?.progress.result, 324019)
    assert.deepEqual(world.store.log, ['create', 'part 1'])
    assert.equal(world.store.unfinished.size, 1)
  })

  it('tooManyLogs: packs as many as it can, and fails with more', async () => {
    world = await startWorld({ faults: { tooManyLogs: 1 } })
    await world.run({ aircraft: [1], dock: [1, 2] })
    assert.equal(world.last('aircraft')?.progress.status, 'ok')
    assert.deepEqual(
      [world.last('dock')?.progress.status, world.last('dock')?.progress.result],
      ['failed', 324012],
    )
  })

  it('expiredCredentials: storage refuses them', async () => {
    await runWith({ expiredCredentials: true })
    assert.equal(world.last('dock')?.progress.result, 324019)
    assert.equal(world.store.objects.size, 0)
  })

  it('sayOkUploadNothing: every word of a success, and no object', async () => {
    await runWith({ sayOkUploadNothing: true })
    assert.equal(world.last('dock')?.progress.status, 'ok')
    assert.deepEqual(world.store.log, [])
  })

  it('uploadHalf: the object is shorter than reported', async () => {
    await runWith({ uploadHalf: true })
    const stored = world.store.objects.get(archivePath)?.length ?? 0
    const said = world.last('dock')?.size ?? 0
    assert.ok(stored > 0 && stored < 0.6 * said, `${stored} of ${said}`)
    assert.equal(said, world.dock.archives.at(-1)?.sizeBytes)
  })

  it('wrongSize, wrongFingerprint, wrongKey: the object is right, the report is not', async () => {
    await runWith({ wrongSize: true, wrongFingerprint: true, wrongKey: true })
    const packed = world.dock.archives.at(-1)
    const said = world.outputs().at(-1)?.ext.files.at(-1)
    assert.equal(world.store.objects.get(archivePath)?.length, packed?.sizeBytes)
    assert.notEqual(said?.size, packed?.sizeBytes)
    assert.notEqual(said?.fingerprint, packed?.md5)
    assert.notEqual(said?.key, keyOf('dock'))
  })

  it('restartMidUpload, reported: comes back and says 324021', async () => {
    await runWith({ restartMidUpload: 'reported' })
    assert.equal(world.last('dock')?.progress.result, 324021)
    assert.equal(statuses().at(-1), 'failed')
    assert.equal(world.store.objects.size, 0)
  })

  it('restartMidUpload, silent: comes back and has forgotten', async () => {
    await runWith({ restartMidUpload: 'silent' })
    assert.ok(statuses().every((status) => status.startsWith('file_')))
    await world.dock.setFaults({})
    assert.equal((await world.run({ dock: [1] })).data.result, 0)
  })

  it('stuck: falls silent, takes a cancel without following it, and is busy until restarted', async () => {
    world = await startWorld({ faults: { stuck: true } })
    await world.start({ dock: [1] })
    await world.until(({ message }) => message.data.output?.status === 'file_uploading')
    assert.equal((await world.cancel(['dock'])).data.result, 0)
    assert.equal((await world.start({ dock: [1] })).data.result, 325009)
    assert.equal(statuses().at(-1), 'file_uploading')
    await world.dock.setFaults({})
    await world.dock.restart('silent')
    assert.equal((await world.run({ dock: [1] })).data.result, 0)
  })

  it('unknownStatus: a word of its own while uploading', async () => {
    await runWith({ unknownStatus: true })
    assert.ok(statuses().includes('file_verifying') && !statuses().includes('file_uploading'))
    assert.equal(statuses().at(-1), 'ok')
  })

  it('earlyTwin: says ok, then goes on, then says ok again', async () => {
    world = await startWorld({ faults: { earlyTwin: true } })
    await world.run({ dock: [9] })
    const ends = statuses().flatMap((status, i) => (status === 'ok' ? [i] : []))
    assert.equal(ends.length, 2)
    assert.ok((ends[1] ?? 0) - (ends[0] ?? 0) > 1)
  })

  it('aircraftOff: its module has no list and no archive, the dock has both', async () => {
    await runWith({ aircraftOff: true })
    const listed = world.heard.find((heard) => !isEvent(heard))?.message.data.files
    assert.deepEqual(
      listed?.map(({ module, result }) => [module, result]),
      [
        ['0', 324015],
        ['3', 0],
      ],
    )
    assert.equal(world.last('aircraft')?.progress.result, 324015)
    assert.equal(world.last('dock')?.progress.status, 'ok')
  })

  it("foreignExport: is busy with another platform's archive, which never reaches our storage", async () => {
    world = await startWorld({ pace: 1 })
    const done = world.idle()
    await world.dock.setFaults({ foreignExport: true })
    assert.equal((await world.start({ dock: [1] })).data.result, 325009)
    await done
    await world.list()
    const files = world.outputs().flatMap(({ ext }) => ext.files)
    assert.equal(files.at(-1)?.progress.status, 'ok')
    assert.ok(files.every(({ key }) => key.startsWith('another-platform/')))
    assert.ok(world.reports().every(({ message }) => message.bid !== 'job-1'))
    assert.deepEqual(world.store.log, [])
  })
})

describe('faults on a command line', () => {
  it('are names, some with a value, and add up', () => {
    const written = ['duplicates', 'lateReply:200', 'networkFailure', 'quirk:noBid', 'quirk:seconds']
    assert.deepEqual(parseFaults(written), {
      duplicates: true,
      lateReply: 200,
      networkFailure: 0,
      quirks: ['noBid', 'seconds'],
    })
  })

  const wrong: [string, RegExp][] = [
    ['typo', /^fault "typo": there is no such fault\. Faults are offline, noReply/],
    ['quirk:typo', /one of prgress, .* is expected$/],
    ['duplicates:2', /no value is expected$/],
    ['lateReply:soon', /a whole number is expected$/],
    ['lateReply:2147483648', /at most 2147483647 milliseconds are possible$/],
    ['lateReply:5:5', /a whole number is expected$/],
    ['restartMidUpload:perhaps', /one of reported, silent is expected$/],
  ]
  for (const [text, message] of wrong)
    it(`are refused: ${text}`, () => {
      assert.throws(() => parseFaults([text]), { name: 'TypeError', message })
    })

  it('are listed once to whoever names none of them', () => {
    assert.throws(
      () => parseFaults(['typo']),
      ({ message }: Error) => message.split('rollsBack').length === 2,
    )
  })
})
