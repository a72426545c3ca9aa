import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { topicsOf as dockTopicsOf } from '../../protocols/dji-dock/topics.ts'
import { readFirmware } from '../../protocols/dji-dock/up.ts'
import { type FirmwareOffer, type Offers, offerFirmware } from '../../protocols/dji-firmware/down.ts'
import type { UpgradeProgress } from '../../protocols/dji-firmware/facts.ts'
import { readOfferReply, readUpgradeProgress } from '../../protocols/dji-firmware/up.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import type { DockOptions } from '../../simulator/dock/options.ts'
import { aircraftSn, dockSn, now, startWorld, type World } from './dock-world.ts'

const bytes = Buffer.alloc(300_000, 'firmware')
const md5 = createHash('md5').update(bytes).digest('hex')

/** Storage with one file, and how often it was fetched. */
const startPackages = async () => {
  const asked: string[] = []
  let mayAnswer = Promise.resolve()
  const server = createServer(async (request, response) => {
    await mayAnswer
    asked.push(request.url ?? '')
    if (request.url === '/package.zip') response.end(bytes)
    else if (request.url === '/elsewhere') response.writeHead(302, { location: '/package.zip' }).end()
    else response.writeHead(403).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  /** Answers nobody until what it gives is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    mayAnswer = promise
    return resolve
  }
  return { url: `http://127.0.0.1:${port}`, asked, hold, close: () => server.close() }
}

describe('a dock that is offered firmware', () => {
  let world: World
  let packages: Awaited<ReturnType<typeof startPackages>>
  let said: Array<{ topic: string; payload: Buffer }>
  let commands = 0

  beforeEach(async () => {
    packages = await startPackages()
    said = []
  })
  afterEach(async () => {
    packages.close()
    await world.close()
  })

  const start = async (
    options: Partial<DockOptions> = {},
    storage: Parameters<typeof startWorld>[1] = {},
  ): Promise<void> => {
    world = await startWorld(options, storage)
    // What it says at first has come: a client's messages keep their order.
    await world.list()
    world.broker.on('publish', ({ topic, payload }) => said.push({ topic, payload: Buffer.from(payload) }))
  }
  const offer = (sn: string, change: Partial<FirmwareOffer> = {}): FirmwareOffer => ({
    sn,
    version: '10.01.20.00',
    url: `${packages.url}/package.zip`,
    md5,
    size: bytes.length,
    fileName: 'package.zip',
    kind: 'normal',
    ...change,
  })
  /** The result code of the dock's reply. */
  const give = async (...offers: Offers): Promise<number> => {
    const commandId = `offer-${++commands}`
    await world.send(offerFirmware({ dockSn, commandId, processId: 'upgrade-1', sentAt: now }, offers))
    const isReply = ({ message }: { message: { tid: string } }) => message.tid === commandId
    const read = readOfferReply(Buffer.from((await world.until(isReply)).raw))
    return read.outcome === 'understood' ? read.fact.result : Number.NaN
  }
  const upgraded = () => once(world.dock.events, 'upgraded')
  const run = async (...offers: Offers): Promise<number> => {
    const done = upgraded()
    const result = await give(...offers)
    await done
    await world.list()
    return result
  }
  const progress = (): UpgradeProgress[] =>
    world.heard.flatMap(({ topic, raw }) => {
      if (topic !== topicsOf(dockSn).events) return []
      const read = readUpgradeProgress(dockSn, Buffer.from(raw))
      return read.outcome === 'understood' ? [read.fact] : []
    })
  /** What the machines said that they run, in order. */
  const versions = () =>
    said.flatMap(({ topic, payload }) => {
      const sn = [dockSn, aircraftSn].find((one) => topic === dockTopicsOf(one).state)
      const read = sn && readFirmware(payload)
      return read && read.outcome === 'understood' ? [[sn, read.fact.version]] : []
    })

  it('fetches it for both machines, says how far it is, restarts, and tells what they run', async () => {
    await start()
    const left = once(world.broker, 'clientDisconnect')
    assert.equal(await run(offer(dockSn), offer(aircraftSn, { version: '14.04.00.00' })), 0)
    await left
    assert.deepEqual(packages.asked, ['/package.zip', '/package.zip'])
    const facts = progress()
    assert.deepEqual([facts[0]?.status, facts.at(-1)?.end], ['sent', 'done'])
    assert.ok(facts.every(({ processId }) => processId === 'upgrade-1'))
    assert.deepEqual([...new Set(facts.map(({ stage }) => stage))], ['downloading', 'installing'])
    const ofStage = (stage: string) =>
      facts.filter((fact) => fact.stage === stage).map(({ percent = -1 }) => percent)
    for (const percents of [ofStage('downloading'), ofStage('installing')])
      assert.deepEqual(
        percents,
        percents.toSorted((a, b) => a - b),
      )
    assert.deepEqual(world.dock.firmware, { dock: '10.01.20.00', aircraft: '14.04.00.00' })
    assert.deepEqual(versions(), [
      [dockSn, '10.01.20.00'],
      [aircraftSn, '14.04.00.00'],
    ])
  })

  it('stays on the broker while only its aircraft restarts', async () => {
    await start()
    let hasLeft = false
    world.broker.on('clientDisconnect', () => {
      hasLeft = true
    })
    await run(offer(aircraftSn, { version: '14.04.00.00' }))
    assert.deepEqual(versions(), [[aircraftSn, '14.04.00.00']])
    assert.ok(!hasLeft)
  })

  const broken: [string, (sound: FirmwareOffer) => Partial<FirmwareOffer>, number][] = [
    ['has another MD5', () => ({ md5: '0'.repeat(32) }), 312_003],
    ['is shorter than announced', ({ size }) => ({ size: size + 1 }), 312_003],
    ['is longer than announced', ({ size }) => ({ size: size - 1 }), 312_003],
    ['has a link that is refused', ({ url }) => ({ url: url.replace('package', 'gone') }), 312_013],
    [
      'has a link that leads elsewhere',
      ({ url }) => ({ url: url.replace('package.zip', 'elsewhere') }),
      312_013,
    ],
  ]
  for (const [what, change, code] of broken)
    it(`installs nothing that ${what}`, async () => {
      await start()
      const sound = offer(dockSn)
      assert.equal(await run({ ...sound, ...change(sound) }), 0)
      const last = progress().at(-1)
      assert.deepEqual([last?.end, last?.result], ['failed', code])
      assert.equal(world.dock.firmware.dock, '10.01.16.03')
    })

  const refusals: [string, Faults, (sound: FirmwareOffer) => Offers, number][] = [
    ['is of a machine that it has not', {}, (sound) => [{ ...sound, sn: 'another' }], 312_012],
    ['names a machine twice', {}, (sound) => [sound, sound], 312_012],
    ['is to make parts fit that fit', {}, (sound) => [{ ...sound, kind: 'consistency' }], 312_001],
    [
      'is for an aircraft that is off',
      { aircraftOff: true },
      (sound) => [sound, { ...sound, sn: aircraftSn }],
      312_022,
    ],
    ['comes when it must not', { refuseUpgrade: 514_146 }, (sound) => [sound], 514_146],
    ['it cannot read', {}, (sound) => [{ ...sound, md5: 'none' }], 325_001],
  ]
  for (const [what, faults, offers, code] of refusals)
    it(`refuses what ${what}`, async () => {
      await start({ faults })
      assert.equal(await give(...offers(offer(dockSn))), code)
      await world.list()
      assert.deepEqual([progress(), packages.asked], [[], []])
    })

  it('refuses while it exports logs', async () => {
    const codes: Array<Promise<number>> = []
    const hold = async () => {
      codes.push(give(offer(dockSn)))
      await codes[0]
    }
    await start({}, { hold })
    await world.run({ dock: [1] })
    assert.deepEqual([await Promise.all(codes), packages.asked], [[312_015], []])
  })

  it('refuses another upgrade and exports no logs while it upgrades', async () => {
    await start()
    const go = packages.hold()
    const done = upgraded()
    const [first, second] = [await give(offer(dockSn)), await give(offer(dockSn))]
    const logs = await world.start({ dock: [1] })
    assert.deepEqual([first, second, logs.data.result], [0, 312_014, 314_000])
    go()
    await done
    assert.equal((await world.run({ dock: [1] })).data.result, 0)
  })

  it('failUpgrade: fails with any code while it installs', async () => {
    await start({ faults: { failUpgrade: 312_028 } })
    await run(offer(dockSn))
    const last = progress().at(-1)
    assert.deepEqual([last?.stage, last?.end, last?.result], ['installing', 'failed', 312_028])
    assert.equal(world.dock.firmware.dock, '10.01.16.03')
  })

  it('keepsVersion: says that it was upgraded, and runs what it ran', async () => {
    await start({ faults: { keepsVersion: true } })
    await run(offer(dockSn))
    assert.equal(progress().at(-1)?.end, 'done')
    assert.deepEqual(versions()[0], [dockSn, '10.01.16.03'])
  })

  it('rollsBack: runs the new version, and then the old one again', async () => {
    await start({ faults: { rollsBack: true } })
    await run(offer(dockSn))
    const ofDock = versions().filter(([sn]) => sn === dockSn)
    assert.deepEqual(ofDock, [
      [dockSn, '10.01.20.00'],
      [dockSn, '10.01.16.03'],
    ])
  })

  it('okAfterRestart: tells what it runs before it says that it is done', async () => {
    await start({ faults: { okAfterRestart: true } })
    await run(offer(dockSn))
    const order = said.flatMap(({ topic, payload }) => {
      if (topic === dockTopicsOf(dockSn).state) return ['version']
      return payload.includes('"ok"') ? ['ok'] : []
    })
    assert.deepEqual(order, ['version', 'ok'])
  })

  it('vanishes: is gone in the middle, and says no more', async () => {
    await start({ faults: { vanishes: true } })
    const left = once(world.broker, 'clientDisconnect')
    const done = upgraded()
    await give(offer(dockSn))
    await Promise.all([left, done])
    assert.equal(progress().at(-1)?.end, undefined)
  })

  it('that is switched off in the middle has not installed it, and says so once it is back', async () => {
    await start()
    const begun = once(world.dock.events, 'upgrading')
    await give(offer(dockSn))
    await begun
    await world.dock.restart()
    await world.list()
    const last = progress().at(-1)
    assert.deepEqual([last?.end, last?.result], ['failed', 312_028])
    assert.equal(world.dock.firmware.dock, '10.01.16.03')
    assert.equal(await run(offer(dockSn)), 0)
  })

  for (const quirk of ['stepKey', 'stepNumber', 'noMethod', 'otherBid'] as const)
    it(`${quirk}: is understood all the same`, async () => {
      await start({ faults: { quirks: quirk === 'noMethod' ? [quirk, 'stepKey'] : [quirk] } })
      await run(offer(dockSn))
      const facts = progress()
      assert.deepEqual([facts.at(-1)?.stage, facts.at(-1)?.end], ['installing', 'done'])
      assert.equal(facts[0]?.processId === 'upgrade-1', quirk !== 'otherBid')
    })

  it('takes what it runs from its options', async () => {
    await start({ firmware: { dock: '09.00.00.01' } })
    assert.deepEqual(world.dock.firmware, { dock: '09.00.00.01', aircraft: '14.03.00.03' })
  })
})
