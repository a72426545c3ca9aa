import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import fc from 'fast-check'
import { upgradeOffer } from '../../protocols/huawei-ota/down.ts'
import { deviceIdOf, startHuaweiFleet } from '../../simulator/huawei/fleet.ts'
import { readRequests } from '../../simulator/huawei/offer.ts'
import type { HuaweiDeviceEvents, HuaweiDeviceOptions } from '../../simulator/huawei/options.ts'
import { parseScript } from '../../simulator/huawei/script.ts'
import { type SdkName, sdkNames } from '../../simulator/huawei/sdks.ts'
import { archives, startWorld as startStorage } from '../local/object-store/storage-world.ts'
import { child, deviceId, now, startWorld, type World } from './huawei-world.ts'
import { content, sha256, startPackageServer } from './package-server.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const begin = async (script: string[], options: Partial<HuaweiDeviceOptions> = {}) => {
  const world = await startWorld({ script: parseScript(script), ...options })
  closing.push(world.close)
  return world
}
const serve = async (...how: Parameters<typeof startPackageServer>) => {
  const server = await startPackageServer(...how)
  closing.push(server.close)
  return server
}

/** What was reported: percentages, or the code where something is wrong, each with its version. */
const story = (world: World) =>
  world
    .facts()
    .flatMap((fact) =>
      fact.kind === 'upgradeReport' ? [`${fact.resultCode || fact.percent} ${fact.version}`] : [],
    )

const next = async <Name extends keyof HuaweiDeviceEvents>(world: World, name: Name) => {
  const [event] = await once(world.device.events, name)
  return event as HuaweiDeviceEvents[Name][0]
}

/** What a device says to an offer, and the version it says that it runs afterwards. */
const play = async (world: World, ...offer: Parameters<World['tell']>) => {
  const done = next(world, 'done')
  await world.tell(...offer)
  await done
  const [, about = deviceId] = offer
  const versions = () =>
    world.facts().flatMap((fact) => (fact.kind === 'versionReport' ? [fact.firmware] : []))
  const before = versions().length
  await world.ask(about)
  await world.until(() => versions().length > before)
  return { said: story(world), runs: versions().at(-1) }
}

/** How each SDK tells that a package is there and installed. */
const success: Record<SdkName, string[]> = {
  documented: ['10 v1.0.0', '50 v1.0.0', '90 v1.0.0', '100 v2.0.0'],
  java: ['100 v1.0.0', '100 v2.0.0'],
  python: ['100 v2.0.0'],
  c: ['100 v2.0.0'],
  go: ['100 v2.0.0'],
  csharp: ['100 v2.0.0'],
  liteos: ['100 undefined'],
}

describe('a device that is offered a package', () => {
  for (const sdk of sdkNames)
    it(`${sdk}: fetches it, installs it, and says so as its SDK does`, async () => {
      const { offer, requests } = await serve()
      const world = await begin([sdk])
      const fetched = next(world, 'fetched')
      assert.deepEqual(await play(world, offer()), { said: success[sdk], runs: 'v2.0.0' })
      const { result } = await fetched
      assert.equal(result.outcome === 'fetched' && result.sha256, sha256)
      assert.deepEqual(
        requests.map(({ url, headers }) => [url, headers.authorization]),
        [['/package?signed', undefined]],
      )
    })

  it('tells how far the download is while it is going on', async () => {
    const world = await begin([])
    const half = content.length / 2
    const { offer } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': String(content.length) }).write(content.subarray(0, half))
      // The rest does not come before the device has told of the half.
      void world.until(() => story(world).length === 2).then(() => response.end(content.subarray(half)))
    })
    assert.deepEqual((await play(world, offer())).said, success.documented)
  })

  it('takes offers up one after the other', async () => {
    const { offer } = await serve()
    const world = await begin(['java'])
    let done = 0
    world.device.events.on('done', () => {
      done += 1
    })
    await Promise.all(['v2.0.0', 'v3.0.0'].map((version) => world.tell(offer({ version }))))
    await world.until(() => story(world).length === 4)
    assert.deepEqual(story(world), ['100 v1.0.0', '100 v2.0.0', '100 v2.0.0', '100 v3.0.0'])
    while (done < 2) await next(world, 'done')
    assert.equal(world.device.version, 'v3.0.0')
  })

  it('fetches what is for its child, and nothing for a stranger', async () => {
    const { offer, requests } = await serve()
    const world = await begin(['java'], { children: [child] })
    await world.tell(offer({ url: 'http://127.0.0.1:1/' }), 'stranger')
    const { runs } = await play(world, offer(), child)
    assert.equal(runs, 'v2.0.0')
    assert.equal(world.device.version, 'v1.0.0')
    assert.equal(requests.length, 1)
  })

  it('has the new version after the restart that installs it', async () => {
    const { offer } = await serve()
    const world = await begin(['java', 'reboot'])
    assert.deepEqual(await play(world, offer()), { said: success.java, runs: 'v2.0.0' })
  })

  it('says all of it in one message, or within a second, where it is told to', async () => {
    const { offer } = await serve()
    const world = await begin(['several', 'burst'])
    assert.deepEqual((await play(world, offer())).said, success.documented)
    assert.equal(world.heard.filter(({ raw }) => raw.includes('upgrade_progress_report')).length, 1)
  })

  it('goes back to the old version', async () => {
    const { offer } = await serve()
    assert.equal((await play(await begin(['rollback']), offer())).runs, 'v1.0.0')
  })
})

describe('a package that arrives altered', () => {
  const noticed: Record<SdkName, string[]> = {
    ...success,
    documented: ['10 v1.0.0', '50 v1.0.0', '7 v1.0.0'],
    c: ['1 v2.0.0'],
    csharp: ['3 v2.0.0'],
    liteos: ['7 undefined'],
  }
  for (const sdk of sdkNames) {
    const isNoticed = noticed[sdk] !== success[sdk]
    it(`${sdk}: is ${isNoticed ? 'noticed' : 'installed all the same'}`, async () => {
      const { offer } = await serve()
      assert.deepEqual(await play(await begin([sdk, 'spoils']), offer()), {
        said: noticed[sdk],
        runs: isNoticed ? 'v1.0.0' : 'v2.0.0',
      })
    })
  }

  it('is noticed, too, where the offer itself has another sum or size', async () => {
    const { offer } = await serve()
    for (const wrong of [{ sha256: '0'.repeat(64) }, { size: 1 }])
      assert.equal((await play(await begin([]), offer(wrong))).said.at(-1), '7 v1.0.0')
  })

  it('takes a sum in capitals for the same', async () => {
    const { offer } = await serve()
    const { runs } = await play(await begin([]), offer({ sha256: sha256.toUpperCase() }))
    assert.equal(runs, 'v2.0.0')
  })
})

describe('a download that storage refuses', () => {
  /** Storage as AWS has it, and a link into it. */
  const stored = async (expiresIn = 60) => {
    const storage = await startStorage()
    closing.push(() => storage.stop())
    const at = { Bucket: archives, Key: 'packages/camera.bin' }
    await storage.reader.send(new PutObjectCommand({ ...at, Body: content }))
    const url = await getSignedUrl(storage.reader, new GetObjectCommand(at), { expiresIn })
    const offer = { package: 'firmware', version: 'v2.0.0', url, linkSeconds: 60 } as const
    return { storage, offer: { ...offer, fileName: 'camera.bin', size: content.length, sha256 } }
  }
  const expired: Record<SdkName, { said: string[]; runs: string }> = {
    documented: { said: ['6 v1.0.0'], runs: 'v1.0.0' },
    java: { said: ['6 v1.0.0'], runs: 'v1.0.0' },
    python: { said: [], runs: 'v1.0.0' },
    c: { said: ['1 v2.0.0'], runs: 'v1.0.0' },
    go: { said: ['100 v2.0.0'], runs: 'v2.0.0' },
    csharp: { said: ['6 v2.0.0'], runs: 'v1.0.0' },
    liteos: { said: ['6 undefined'], runs: 'v1.0.0' },
  }
  for (const sdk of sdkNames)
    it(`${sdk}: since the link has expired`, async () => {
      const { storage, offer } = await stored()
      storage.clock.ahead = 61_000
      assert.deepEqual(await play(await begin([sdk]), offer), expired[sdk])
    })

  it('is told with the reason of storage', async () => {
    const { storage, offer } = await stored()
    storage.clock.ahead = 61_000
    const world = await begin([])
    const fetched = next(world, 'fetched')
    await play(world, offer)
    assert.deepEqual((await fetched).result, {
      outcome: 'refused',
      status: 403,
      reason: 'AccessDenied: Request has expired',
    })
  })

  it('since the device comes late', async () => {
    const { offer } = await stored(1)
    assert.deepEqual(await play(await begin(['java', 'late:2']), offer), expired.java)
  })

  it('since the device adds a header, as for offers of the older kind', async () => {
    const { offer } = await stored()
    const world = await begin(['java', 'token'])
    const fetched = next(world, 'fetched')
    assert.deepEqual(await play(world, offer), expired.java)
    const { result } = await fetched
    assert.equal(result.outcome === 'refused' && result.status, 400)
  })

  it('is code 6 as well where nobody answers, or the answer breaks off', async () => {
    const { offer } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': String(content.length) }).write('half')
      setImmediate(() => response.destroy())
    })
    const { url } = offer()
    for (const link of [url, 'http://127.0.0.1:1/package?signed', 'no address'])
      assert.deepEqual((await play(await begin(['java']), offer({ url: link }))).said, ['6 v1.0.0'])
  })

  it('is one for the SDK in C where another address has the package', async () => {
    const { url, offer } = await serve()
    const moved = offer({ url: `${url}/moved?signed` })
    assert.deepEqual((await play(await begin(['c']), moved)).said, ['1 v2.0.0'])
    assert.deepEqual((await play(await begin(['java']), moved)).said, success.java)
  })
})

describe('a device that does not go through with it', () => {
  it('has no room, and does not begin', async () => {
    const { offer, requests } = await serve()
    const world = await begin([`space:${content.length - 1}`, 'java'])
    assert.deepEqual(await play(world, offer()), { said: ['5 v1.0.0'], runs: 'v1.0.0' })
    assert.deepEqual(requests, [])
  })

  it('has just enough room', async () => {
    const { offer } = await serve()
    assert.equal((await play(await begin([`space:${content.length}`]), offer())).runs, 'v2.0.0')
  })

  for (const [code, downloads] of [
    ...([1, 2, 3, 4, 5, 8, 9] as const).map((code) => [code, 0] as const),
    ...([6, 7, 10, 255] as const).map((code) => [code, 1] as const),
  ])
    it(`fails with code ${code} ${downloads ? 'after' : 'without'} a download`, async () => {
      const { offer, requests } = await serve()
      const { said, runs } = await play(await begin([`failure:${code}`, 'liteos']), offer())
      assert.deepEqual([said, runs, requests.length], [[`${code} undefined`], 'v1.0.0', downloads])
    })

  it('goes silent, or leaves for good, once it has downloaded', async () => {
    const { offer } = await serve()
    const silent = await begin(['silent'])
    assert.deepEqual(await play(silent, offer()), { said: ['10 v1.0.0', '50 v1.0.0'], runs: 'v1.0.0' })
    const gone = await begin(['gone'])
    const left = next(gone, 'offline')
    await gone.tell(offer())
    await left
    assert.deepEqual(story(gone), ['10 v1.0.0', '50 v1.0.0'])
    assert.equal(await gone.device.upgrade('v3.0.0'), false)
  })

  it('fails in the share of its upgrades that is asked for, and in the same ones again', async () => {
    const run = async () => {
      const world = await begin(['failure:4:30', 'liteos'])
      for (let n = 1; n <= 100; n += 1) await world.device.upgrade(`v${n}`)
      return story(world)
    }
    const one = await run()
    const failed = one.filter((report) => report.startsWith('4 ')).length
    assert.ok(failed > 20 && failed < 40, `${failed} of ${one.length}`)
    assert.equal(one.length, 100)
    assert.deepEqual(await run(), one)
  })
})

describe('an offer of the older kind', () => {
  const older = (url: string, token?: string) => {
    const paras = { version: 'v2.0.0', url, file_size: content.length, access_token: token, sign: sha256 }
    const services = [{ service_id: '$ota', event_type: 'firmware_upgrade', paras }]
    return JSON.stringify({ object_device_id: deviceId, services })
  }
  for (const [sdk, token, expected] of [
    ['java', 'abc', 'Bearer abc'],
    ['java', undefined, 'Bearer null'],
    ['go', 'abc', 'Bearer abc'],
    ['go', undefined, undefined],
  ] as const)
    it(`${sdk}: is fetched with ${expected ?? 'no header'}`, async () => {
      const { url, requests } = await serve()
      const world = await begin([sdk])
      const done = next(world, 'done')
      await world.say({ topic: '', payload: older(`${url}/package`, token) })
      await done
      assert.equal(requests[0]?.headers.authorization, expected)
      assert.equal(world.device.version, 'v2.0.0')
    })

  it('has its sum checked by an SDK that does not check it with a newer one', async () => {
    const { url } = await serve()
    const world = await begin(['java', 'spoils'])
    const done = next(world, 'done')
    await world.say({ topic: '', payload: older(`${url}/package`, 'abc') })
    await done
    assert.deepEqual(story(world), ['100 v1.0.0', '7 v1.0.0'])
  })
})

describe('what is asked of a device', () => {
  it('is read from any text without a fault, and is nothing where it is not understood', () => {
    const paras = fc.record({ version: fc.anything(), url: fc.anything(), file_size: fc.anything() })
    const events = fc.record({
      service_id: fc.constantFrom('$ota', '$other'),
      event_type: fc.constantFrom('firmware_upgrade_v2', 'toString', 'version_query'),
      paras: fc.oneof(paras, fc.anything()),
    })
    const messages = fc.record({ object_device_id: fc.anything(), services: fc.array(events) })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          messages.map((one) => JSON.stringify(one) ?? ''),
        ),
        (text) => {
          for (const request of readRequests(deviceId, text))
            if (request.kind === 'offer') assert.equal(typeof request.offer.url, 'string')
        },
      ),
    )
  })

  it('is what the backend offers', async () => {
    const { offer } = await serve()
    for (const kind of ['firmware', 'software'] as const) {
      const { payload } = upgradeOffer(child, {
        sentAt: now,
        gatewayId: deviceId,
        offer: offer({ package: kind }),
      })
      const { url, version, size } = offer()
      const read = { package: kind, older: false, version, url, size, sha256 }
      assert.deepEqual(readRequests(deviceId, payload), [{ kind: 'offer', about: child, offer: read }])
    }
  })
})

it('many devices of one process download a few at a time, and all get their package', async () => {
  let open = 0
  let most = 0
  const { offer } = await serve((_, response) => {
    open += 1
    most = Math.max(most, open)
    response.on('close', () => {
      open -= 1
    })
    response.writeHead(200, { 'Content-Length': String(content.length) }).end(content)
  })
  const world = await begin([])
  const fleet = await startHuaweiFleet({
    mqttUrl: world.mqttUrl,
    devices: 60,
    prefix: 'F',
    pace: 'instant',
    downloadsAtOnce: 5,
    script: parseScript(['python']),
  })
  closing.push(fleet.close)
  const all = fleet.devices.map(({ events }) => once(events, 'done'))
  for (let n = 1; n <= 60; n += 1) {
    const { topic, payload } = upgradeOffer(deviceIdOf(n, 'F'), { sentAt: now, offer: offer() })
    world.broker.publish({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload }, () => {})
  }
  await Promise.all(all)
  assert.ok(most <= 5, `${most} at once`)
  assert.ok(fleet.devices.every(({ version }) => version === 'v2.0.0'))
})
