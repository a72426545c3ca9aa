import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, it } from 'node:test'
import tar from 'tar-stream'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { readProgress, readReply } from '../../protocols/dji-remote-log/up.ts'
import { archiveOf } from '../../simulator/dock/logs/archive.ts'
import { aircraftSn, dockSn, keyOf, now, startWorld, type Wire, type World } from './dock-world.ts'

const examples = 'protocols/dji-remote-log/examples'

let world: World
afterEach(() => world.close())

const bytesOf = (raw: string) => new TextEncoder().encode(raw)
const sha256 = (bytes: Buffer | undefined) =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')

const entriesOf = async (archive: Buffer): Promise<[string, number][]> => {
  const extract = tar.extract()
  extract.end(archive)
  const entries: [string, number][] = []
  for await (const entry of extract) {
    entries.push([entry.header.name, entry.header.size ?? 0])
    entry.resume()
  }
  return entries
}

describe('a dock asked for its logs', () => {
  it('lists the boots of both modules in the words of the vendor', async () => {
    world = await startWorld()
    await world.list()
    const read = readReply(dockSn, bytesOf(world.heard[0]?.raw ?? ''))
    assert.equal(read.outcome, 'understood')
    const modules = read.outcome === 'understood' ? read.fact.modules : []
    assert.deepEqual(
      modules.map(({ module, deviceSn, result, logs }) => [module, deviceSn, result, logs.length]),
      [
        ['aircraft', aircraftSn, 0, 2],
        ['dock', dockSn, 0, 3],
      ],
    )
    const { open: _, ...boot } = world.dock.boots.aircraft[0] ?? {}
    assert.deepEqual(modules[0]?.logs[0], boot)
  })

  it('has the same logs of the last days whenever it starts on one day', async () => {
    world = await startWorld({ logs: {} })
    const other = await startWorld({ logs: {}, now: () => now + 3_600_000 })
    await other.close()
    const known = world.dock.boots.dock.map(({ open: _, ...boot }) => boot)
    assert.deepEqual(
      other.dock.boots.dock.map(({ open: _, ...boot }) => boot),
      known,
    )
    assert.ok(
      known.length > 3 && known.every(({ startTime, endTime }) => startTime < endTime && endTime <= now),
    )
    assert.equal(known.filter(({ sizeBytes }) => sizeBytes > 8 * 1024 * 1024).length, 1)
  })

  it('stamps its messages by its own clock', async () => {
    world = await startWorld({ clockOffsetMs: -500 })
    assert.equal((await world.list()).timestamp, now - 500)
  })
})

describe('a dock told to upload', () => {
  it('stores the very archives it packed and says so', async () => {
    world = await startWorld()
    assert.equal((await world.run({ dock: [1, 2], aircraft: [1] })).data.result, 0)
    for (const archive of world.dock.archives) {
      const stored = world.store.objects.get(`/archives/${archive.objectKey}`)
      assert.equal(sha256(stored), archive.sha256)
      assert.equal(world.last(archive.module)?.fingerprint, archive.md5)
      assert.equal(world.last(archive.module)?.size, stored?.length)
    }
    const dockArchive = world.store.objects.get(`/archives/${keyOf('dock')}`) ?? Buffer.alloc(0)
    assert.deepEqual(await entriesOf(dockArchive), [
      ['boot-1.log', 700_000],
      ['boot-2.log', 1_200_000],
    ])
  })

  it("reports in the job's name: the aircraft first, each pulled, zipped and uploaded, the whole last", async () => {
    world = await startWorld()
    await world.run({ dock: [1], aircraft: [1] })
    const story = world
      .outputs()
      .flatMap(({ ext }) => ext.files.slice(-1))
      .map(({ module, progress }) => `${module} ${progress.status}`)
    assert.deepEqual(
      [...new Set(story)],
      ['0', '3'].flatMap((module) =>
        ['file_pull', 'file_zip', 'file_uploading', 'ok'].map((status) => `${module} ${status}`),
      ),
    )
    assert.ok(world.reports().every(({ message }) => message.bid === 'job-1' && message.need_reply === 0))
    assert.deepEqual(
      world.outputs().flatMap(({ status }, i) => (status === 'ok' ? [i] : [])),
      [world.outputs().length - 1],
    )
  })

  it('is understood by our own reader, with percentages that only grow within a step', async () => {
    world = await startWorld()
    await world.run({ dock: [2] })
    const archives = world.reports().flatMap(({ raw }) => {
      const read = readProgress(dockSn, bytesOf(raw))
      return read.outcome === 'understood' ? read.fact.archives : []
    })
    assert.equal(archives.length, world.reports().length)
    const positions = archives.map(({ stepNumber = 0, stepPercent = 0 }) => stepNumber * 1000 + stepPercent)
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    )
    assert.deepEqual(archives.at(-1)?.end, 'uploaded')
    assert.equal(archives.at(-1)?.finishedAt, now)
  })

  it('uploads in parts above 8 MiB and in one piece below', async () => {
    world = await startWorld()
    await world.run({ dock: [1] })
    assert.deepEqual(world.store.log, ['put'])
    await world.run({ dock: [9] })
    assert.deepEqual(world.store.log, ['put', 'create', 'part 1', 'part 2', 'complete'])
    assert.equal(
      sha256(world.store.objects.get(`/archives/${keyOf('dock')}`)),
      world.dock.archives.at(-1)?.sha256,
    )
  })

  it('is busy until it has finished, also for the same command delivered again', async () => {
    world = await startWorld()
    const done = world.idle()
    const [first, second] = await Promise.all([world.start({ dock: [9] }), world.start({ dock: [9] })])
    assert.deepEqual([first.data.result, second.data.result], [0, 325009])
    await done
    assert.equal((await world.run({ dock: [1] })).data.result, 0)
  })

  it('refuses boots it does not have', async () => {
    world = await startWorld()
    assert.equal((await world.start({ dock: [1, 77] })).data.result, 324018)
    assert.equal((await world.start({ aircraft: [77] })).data.result, 324017)
    assert.equal(world.reports().length, 0)
  })

  it("takes the vendor's own examples, whose boots it does not have", async () => {
    world = await startWorld()
    for (const method of ['list', 'start', 'update']) {
      const example = await readFile(`${examples}/down-fileupload_${method}-v1.16.json`, 'utf8')
      await world.tell(topicsOf(dockSn).services, example)
    }
    await world.list()
    const results = world.heard.map(({ message }) => [message.method, message.data.result])
    assert.deepEqual(results.slice(0, 3), [
      ['fileupload_list', 0],
      ['fileupload_start', 324018],
      ['fileupload_update', 325003],
    ])
  })

  it('refuses parameters it cannot use and ignores what is not for it', async () => {
    world = await startWorld()
    const good = world.startMessage({ dock: [1] }, 'tid-1')
    const reply = () => world.until(({ message }) => message.tid === 'tid-1')
    await world.tell(good.topic, 'not json')
    await world.tell(good.topic, good.payload.replace('fileupload_start', 'flighttask_execute'))
    await world.tell(good.topic, good.payload.replace('"module":"3"', '"module":"7"'))
    assert.equal((await reply()).message.data.result, 325001)
    assert.equal(world.heard.length, 1)
  })

  it('fails the upload when storage refuses it', async () => {
    world = await startWorld()
    const refused = world.startMessage({ dock: [1] }, 'tid-1')
    const done = world.idle()
    await world.tell(refused.topic, refused.payload.replace('lent-token', 'another-token'))
    await done
    await world.list()
    assert.deepEqual(world.outputs().at(-1)?.status, 'failed')
    assert.equal(world.last('dock')?.progress.result, 324019)
  })
})

describe('a dock told to cancel', () => {
  it('aborts an upload in the middle and reports it canceled', async () => {
    const canceled: Promise<Wire>[] = []
    const hold = async () => {
      canceled.push(world.cancel(['dock']))
      await canceled[0]
    }
    world = await startWorld({}, { hold })
    await world.run({ dock: [9] })
    assert.equal((await canceled[0])?.data.result, 0)
    assert.deepEqual(world.store.log, ['create', 'part 1', 'abort'])
    assert.equal(world.last('dock')?.progress.status, 'canceled')
    assert.equal(world.outputs().at(-1)?.status, 'canceled')
    assert.equal(world.store.objects.size, 0)
  })

  it('stops only the modules it was told', async () => {
    world = await startWorld({}, { hold: () => world.cancel(['dock']).then(() => {}) })
    await world.run({ dock: [1], aircraft: [1] })
    assert.equal(world.last('aircraft')?.progress.status, 'ok')
    assert.equal(world.last('dock')?.progress.status, 'canceled')
    assert.deepEqual([...world.store.objects.keys()], [`/archives/${keyOf('aircraft')}`])
  })

  it('refuses when there is nothing to cancel', async () => {
    world = await startWorld()
    assert.equal((await world.cancel(['dock'])).data.result, 325003)
  })
})

describe('an archive', () => {
  it('has the same bytes each time it is read', async () => {
    world = await startWorld()
    const read = () => buffer(archiveOf(world.dock.boots.aircraft)).then(sha256)
    assert.equal(await read(), await read())
  })
})
