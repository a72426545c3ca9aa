import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { batchOf } from '../../support/dock-messages.ts'
import { failingTable, failOnce } from '../../support/failing-table.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'
import {
  fault,
  logLine,
  progress,
  type Service,
  start,
  time,
  type Upgrades,
  versions,
  wireUpgrades,
} from '../../support/upgrades.ts'

describe('a forwarder’s message', () => {
  const world = openTable()

  const forward = (backend: Upgrades, body: unknown, claims?: { sub: string; scope: string }) =>
    backend.call('takeDeviceEvents', { body, ...(claims ? { claims } : {}) })
  const accepted = { outcome: 'accepted' }

  it('means the same as the device’s own by MQTT', async () => {
    const backend = wireUpgrades(world.table)
    const [mqtt, http] = [backend.device('twin-1'), backend.device('twin-2')]
    const ids = [(await mqtt.open()).id, (await http.open()).id]
    const said = [
      [5, [logLine, progress(20, 'v1')]],
      [9, [fault(6, 'v1', { description: 'slow' })]],
      [12, [progress(100, 'v2'), versions('v2')]],
    ] as const
    for (const [at, services] of said) {
      await mqtt.say(at, ...services)
      const body = [{ deviceId: http.deviceId, receivedAt: time(at), body: { services } }]
      assert.deepEqual((await forward(backend, body)).body, { results: [accepted] })
    }
    const alike = async (device: typeof mqtt, id = '') =>
      JSON.stringify([await device.view(), await device.reports(id)])
        .replaceAll(id, '')
        .replaceAll(device.deviceId, '')
    assert.equal(await alike(http, ids[1]), await alike(mqtt, ids[0]))
  })

  it('is refused alone if it is nested too deeply', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const depth = 20_000
    const deep = `{ "services": ${'['.repeat(depth)}${']'.repeat(depth)} }`
    const entries = [`{ "services": [${JSON.stringify(progress(10, 'v1'))}] }`, deep].map(
      (body) => `{ "deviceId": "${device.deviceId}", "body": ${body} }`,
    )
    const { status, body } = await forward(backend, `[${entries.join(',')}]`)
    const refused = { outcome: 'rejected', rejections: [{ reason: 'tooDeep', path: 'body' }] }
    assert.deepEqual([status, body], [200, { results: [accepted, refused] }])
    assert.equal((await device.view()).percent, 10)
  })

  it('has a result for each entry, in their order', async () => {
    const backend = wireUpgrades(world.table)
    const [one, other, gateway] = [backend.device(), backend.device(), backend.device()]
    const { status, body } = await forward(backend, [
      { deviceId: one.deviceId, body: { services: [progress(10, 'v1')] } },
      { deviceId: one.deviceId, body: { services: [{ service_id: '' }, progress(20, 'v1'), 7] } },
      { deviceId: gateway.deviceId, body: { object_device_id: other.deviceId, services: [progress(30)] } },
      { deviceId: other.deviceId, body: 'no envelope' },
      { deviceId: other.deviceId, body: null },
      { deviceId: other.deviceId, body: { services: [logLine] } },
    ])
    assert.equal(status, 200)
    const rejected = (...rejections: [string, string][]) => ({
      outcome: 'rejected',
      rejections: rejections.map(([reason, path]) => ({ reason, path })),
    })
    assert.deepEqual(body, {
      results: [
        accepted,
        rejected(['noServiceId', 'services[0].service_id'], ['notAService', 'services[2]']),
        rejected(['notItsChild', 'object_device_id']),
        rejected(['notAnObject', '']),
        rejected(['notAnObject', '']),
        accepted,
      ],
    })
    assert.equal((await one.view()).percent, 20)
    assert.deepEqual((await backend.rejections(gateway.deviceId)).length, 1)
  })

  it('learns which events of a crowded message the history has no room for', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open()
    const services = Array.from({ length: 10 }, (_, n) =>
      progress(n, 'v1', { description: '\u6587'.repeat(1_000) }),
    )
    const { body } = await forward(backend, [{ deviceId: device.deviceId, body: { services } }])
    const rejections = services
      .slice(2)
      .map((_, n) => ({ reason: 'tooManyReports', path: `services[${n + 2}]` }))
    assert.deepEqual(body, { results: [{ outcome: 'rejected', rejections }] })
    assert.equal((await device.view()).percent, 9)
  })

  it('sent again with its time is the same report', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    const entry = { deviceId: device.deviceId, receivedAt: time(5), body: { services: [progress(10, 'v1')] } }
    for (const body of [[entry], [entry, entry], [entry]])
      assert.equal((await forward(backend, body)).status, 200)
    assert.deepEqual(
      (await device.reports(id)).map(({ receivedAt, repeats }) => [receivedAt, repeats]),
      [[time(5), 0]],
    )
  })

  it('without a time is received now, each time', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    const body = [{ deviceId: device.deviceId, body: { services: [progress(10, 'v1')] } }]
    for (const seconds of [5, 6]) {
      backend.clock.now = start + seconds * 1000
      await forward(backend, body)
    }
    assert.deepEqual(
      (await device.reports(id)).map(({ receivedAt, repeats }) => [receivedAt, repeats]),
      [[time(5), 1]],
    )
  })

  it('from the future is refused alone; a clock that is five minutes ahead is none', async () => {
    const backend = wireUpgrades(world.table)
    const [early, ahead, now] = [backend.device(), backend.device(), backend.device()]
    const ids = await Promise.all([early, ahead, now].map(async (device) => (await device.open()).id))
    const given = (device: typeof now, receivedAt: string) => ({
      deviceId: device.deviceId,
      receivedAt,
      body: { services: [progress(10, 'v1')] },
    })
    const body = [given(early, time(300.001)), given(ahead, time(300)), given(now, time(0))]
    const inTheFuture = { outcome: 'rejected', rejections: [{ reason: 'inTheFuture', path: 'receivedAt' }] }
    for (const _ of ['once', 'again'])
      assert.deepEqual((await forward(backend, body)).body, { results: [inTheFuture, accepted, accepted] })
    assert.equal(await early.short(), 'pending')
    assert.deepEqual(await backend.rejections(early.deviceId), [])
    assert.deepEqual(
      (await ahead.reports(ids[1] ?? '')).map(({ receivedAt, repeats }) => [receivedAt, repeats]),
      [[time(300), 0]],
    )
  })

  it('of an earlier time counts for the attempt of that time', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open()
    backend.clock.now = start + 60_000
    await device.open('v3', { replace: true })
    const body = [{ deviceId: device.deviceId, receivedAt: time(9), body: { services: [versions('v2')] } }]
    await forward(backend, body)
    assert.deepEqual(
      (await device.attempts()).map(({ state }) => state),
      ['pending', 'succeeded'],
    )
  })

  it('that could not be recorded failed alone, and may be sent again', async () => {
    const backend = wireUpgrades(world.table)
    const [lost, kept] = [backend.device(), backend.device()]
    const broken = wireUpgrades(
      failingTable(world.table, (call) => (call.includes(lost.deviceId) ? 'lost' : undefined)),
    )
    const body = [lost, kept].map(({ deviceId }) => ({
      deviceId,
      receivedAt: time(1),
      body: { services: [progress(10, 'v1')] },
    }))
    assert.deepEqual((await forward(broken, body)).body, { results: [{ outcome: 'failed' }, accepted] })
    assert.deepEqual((await forward(backend, body)).body, { results: [accepted, accepted] })
  })

  it('that was interrupted between state and history is completed by the repeat', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    const body = [
      { deviceId: device.deviceId, receivedAt: time(1), body: { services: [progress(10, 'v1')] } },
    ]
    const broken = wireUpgrades(failOnce(world.table, /^PutCommand/))
    assert.deepEqual((await forward(broken, body)).body, { results: [{ outcome: 'failed' }] })
    assert.deepEqual(await device.reports(id), [])
    await forward(broken, body)
    assert.equal((await device.reports(id)).length, 1)
  })

  it('asks the device, as the device’s own message does', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await device.open()
    await forward(backend, [{ deviceId: device.deviceId, body: { services: [progress(100, 'v2')] } }])
    assert.deepEqual(
      backend.sent.map(({ topic }) => topic),
      [`oc/devices/${device.deviceId}/sys/events/down`],
    )
  })

  it('needs the right to vouch for devices, which no administrator has by that', async () => {
    const backend = wireUpgrades(world.table)
    const body = [{ deviceId: 'd', body: {} }]
    const refused = await forward(backend, body, { sub: 'x', scope: 'groundcrew/admin groundcrew/operate' })
    assert.deepEqual([refused.status, refused.problem.name], [403, 'not-permitted'])
  })

  it('from a forwarder for one fleet speaks only for that fleet’s devices', async () => {
    const backend = wireUpgrades(world.table)
    const [own, foreign, unknown] = [backend.device(), backend.device(), backend.device()]
    await own.register({ fleet: 'north' })
    await foreign.register({ fleet: 'south' })
    const body = [own, foreign, unknown].map(({ deviceId }) => ({
      deviceId,
      body: { services: [progress(7, 'v1')] },
    }))
    const answer = await forward(backend, body, { sub: 'x', scope: 'groundcrew/ingest@north' })
    const rejected = { outcome: 'rejected', rejections: [{ reason: 'notInYourFleets', path: 'deviceId' }] }
    assert.deepEqual(answer.body, { results: [accepted, rejected, rejected] })
    assert.equal(await own.short(), 'upgrading')
    assert.equal(await foreign.short(), 'none')
    assert.equal((await backend.call('getUpgrade', { params: { deviceId: unknown.deviceId } })).status, 404)
  })

  it('is refused as a whole if it is not a list of 1 to 100 entries', async () => {
    const backend = wireUpgrades(world.table)
    const tooMany = Array.from({ length: 101 }, () => ({ deviceId: 'd', body: {} }))
    for (const body of [[], tooMany, {}, null, 5, { 0: { deviceId: 'd', body: {} } }]) {
      const { status, problem } = await forward(backend, body)
      assert.deepEqual([status, problem.errors?.map(({ path }) => path)], [422, ['']])
    }
  })

  it('has entries that are refused alone, each with its reasons', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { deviceId } = device
    const report = { services: [progress(33, 'v1')] }
    const odd: [unknown, ...[reason: string, path: string][]][] = [
      [{ deviceId: 'a b', body: {} }, ['invalidDeviceId', 'deviceId']],
      [{ body: report }, ['invalidDeviceId', 'deviceId']],
      [{ deviceId: 5, body: report }, ['invalidDeviceId', 'deviceId']],
      [{ deviceId, receivedAt: 'yesterday', body: report }, ['invalidReceivedAt', 'receivedAt']],
      [{ deviceId, receivedAt: 1_800_000_000, body: report }, ['invalidReceivedAt', 'receivedAt']],
      [
        { deviceId, receivedAt: time(0), body: report, topic: 'x', 'q\ud800': 1 },
        ['unknownField', 'topic'],
        ['unknownField', 'q\ufffd'],
      ],
      [
        { deviceId: '', receivedAt: null },
        ['invalidDeviceId', 'deviceId'],
        ['invalidReceivedAt', 'receivedAt'],
        ['noBody', 'body'],
      ],
      ...[null, 5, 'x', [], true].map((entry): [unknown, [string, string]] => [entry, ['notAnEntry', '']]),
    ]
    const good = { deviceId, receivedAt: time(0), body: report }
    const { status, body } = await forward(backend, [...odd.map(([entry]) => entry), good])
    const refused = odd.map(([, ...faults]) => ({
      outcome: 'rejected',
      rejections: faults.map(([reason, path]) => ({ reason, path })),
    }))
    assert.deepEqual([status, body], [200, { results: [...refused, accepted] }])
    assert.equal((await device.view()).percent, 33)
  })

  it('has a limited number of faults per entry', async () => {
    const backend = wireUpgrades(world.table)
    const strange = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`f${n}${'x'.repeat(200)}`, n]),
    )
    const { body } = await forward(backend, [{ deviceId: 'd', body: {}, ...strange }])
    assert.ok(JSON.stringify(body).length < 4_000)
  })

  it('keeps the order of entries with the same time', async () => {
    for (const receivedAt of [time(0), undefined]) {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      const body = Array.from({ length: 12 }, (_, n) => ({
        deviceId: device.deviceId,
        receivedAt,
        body: { services: [progress(n, `v1.${n}`)] },
      }))
      await forward(backend, body)
      assert.equal((await device.view()).reportedVersion, 'v1.11')
      assert.deepEqual(
        (await device.reports(id)).map(({ percent }) => percent),
        body.map((_, n) => 11 - n),
      )
    }
  })

  describe('that comes more than five minutes late', () => {
    const late = { outcome: 'accepted', notice: 'clockBehind' }
    const entryOf = (deviceId: string, receivedAt: string, service: Service, more: object = {}) => ({
      deviceId,
      receivedAt,
      ...more,
      body: { services: [service] },
    })

    it('gets a notice, and does not count for an attempt that was opened later', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      const { id } = await device.open()
      const times = [
        '1969-12-31T23:59:59Z',
        '1970-01-01T00:00:00Z',
        time(-86_400),
        time(-300.001),
        time(-300),
      ]
      for (const receivedAt of times) {
        const { body } = await forward(backend, [entryOf(device.deviceId, receivedAt, fault(10))])
        assert.deepEqual(body, { results: [receivedAt === time(-300) ? accepted : late] }, receivedAt)
      }
      assert.deepEqual([await device.short(), (await device.reports(id)).length], ['pending', 0])
    })

    it('is the same report as when it came in time, whatever was opened and said since', async () => {
      const service = fc.constantFrom(progress(30, 'v1'), fault(10), progress(100, 'v3'), versions('v2'))
      const said = fc.record({
        service,
        at: fc.integer({ min: 0, max: 600 }),
        offset: fc.constantFrom(undefined, 0, 3_600, -3_600, 1_700_000_000),
      })
      const wait = fc.integer({ min: 0, max: 100_000 })
      await fc.assert(
        fc.asyncProperty(
          fc.array(said, { minLength: 1, maxLength: 4 }),
          said,
          wait,
          async (first, then, ms) => {
            const backend = wireUpgrades(world.table)
            const device = backend.device()
            const { id } = await device.open()
            const send = ({ service, at, offset }: typeof then) =>
              forward(backend, [
                entryOf(device.deviceId, time(at - (offset ?? 0)), service, { clockOffsetSeconds: offset }),
              ])
            backend.clock.now = start + 600_000
            for (const one of first) await send(one)
            backend.clock.now = start + 700_000
            const next = await device.open('v3', { replace: true })
            backend.clock.now = start + 800_000
            const last = { ...then, at: 701 + then.at / 10 }
            await send(last)
            const all = async () => [
              await device.attempts(),
              await device.reports(id),
              await device.reports(next.id),
            ]
            backend.clock.now += ms * 1_000
            const before = await all()
            for (const one of [...first, last]) await send(one)
            assert.deepEqual(await all(), before)
          },
        ),
        rounds(25),
      )
    })

    it('gets a notice besides the faults of its report', async () => {
      const backend = wireUpgrades(world.table)
      const { deviceId } = backend.device()
      const { body } = await forward(backend, [
        entryOf(deviceId, time(-3_600), { ...logLine, service_id: '' }),
      ])
      const rejections = [{ reason: 'noServiceId', path: 'services[0].service_id' }]
      assert.deepEqual(body, { results: [{ outcome: 'rejected', notice: 'clockBehind', rejections }] })
    })

    it('costs a handful of writes, whatever came before', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      for (let n = 0; n < 40; n += 1) {
        backend.clock.now = start + n * 1_000
        await device.open(`v${n}`, { replace: true })
      }
      for (const [n, service] of [progress(10, 'v1'), fault(10), versions('v39')].entries()) {
        world.used.splice(0)
        await forward(backend, [entryOf(device.deviceId, time(-86_000 + n), service)])
        // Of a version: itself, the register and the index of the device and of five attempts before, and the day's count.
        const writes = world.used.filter(({ kind }) => kind === 'write').length
        assert.ok(writes <= (n === 2 ? 15 : 2), `${writes} writes`)
      }
      const states = (await device.attempts()).map(({ state }) => state)
      assert.deepEqual([states[0], new Set(states.slice(1))], ['succeeded', new Set(['closed'])])
    })
  })

  describe('that says how far its clock is off', () => {
    const entryOf = (deviceId: string, at: number, offset: unknown, service = progress(20, 'v1')) => ({
      deviceId,
      receivedAt: time(at),
      clockOffsetSeconds: offset,
      body: { services: [service] },
    })

    it('is received at the time that this gives, by our clock', async () => {
      for (const offset of [3_600, -3_600, 0, 1_799_999_999, -1_000_000_000]) {
        const backend = wireUpgrades(world.table)
        const device = backend.device()
        const { id } = await device.open()
        backend.clock.now = start + 5_000
        const { body } = await forward(backend, [entryOf(device.deviceId, 5 - offset, offset)])
        assert.deepEqual(body, { results: [accepted] }, String(offset))
        assert.deepEqual(
          (await device.reports(id)).map(({ receivedAt }) => receivedAt),
          [time(5)],
        )
      }
    })

    it('keeps the order of what it received, in whichever order that comes', async () => {
      for (const order of [
        [0, 1, 2, 3],
        [3, 1, 0, 2],
      ]) {
        const backend = wireUpgrades(world.table)
        const device = backend.device()
        const { id } = await device.open()
        backend.clock.now = start + 5_000
        const said = [progress(90, 'v1'), fault(10), progress(5, 'v1'), versions('v2')]
        for (const n of order) await forward(backend, [entryOf(device.deviceId, n - 3_600, 3_600, said[n])])
        assert.equal(await device.short(), 'succeeded confirmed')
        assert.deepEqual(
          (await device.reports(id)).map(({ kind, percent }) => percent ?? kind),
          ['versionReport', 5, 0, 90],
        )
      }
    })

    it('is refused if that leads to a future time, if it has no time, or is not a whole number of seconds', async () => {
      const backend = wireUpgrades(world.table)
      const device = backend.device()
      await device.open()
      const refused = (reason: string, path: string) => ({
        outcome: 'rejected',
        rejections: [{ reason, path }],
      })
      const invalid = refused('invalidClockOffset', 'clockOffsetSeconds')
      const odd = ['3600', 0.5, 1e12, -1e12, null, {}].map((offset) => entryOf(device.deviceId, 0, offset))
      const ahead = entryOf(device.deviceId, 0, 301)
      const withoutTime = { deviceId: device.deviceId, clockOffsetSeconds: 5, body: {} }
      const { body } = await forward(backend, [...odd, ahead, withoutTime])
      assert.deepEqual(body, {
        results: [...odd.map(() => invalid), refused('inTheFuture', 'receivedAt'), invalid],
      })
      assert.equal(await device.short(), 'pending')
    })
  })

  it('and the queue’s of the same device may come at the same moment', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    const percents = Array.from({ length: 10 }, (_, n) => n + 1)
    const work = percents.map(async (percent) => {
      if (percent % 2 === 0)
        return backend.ingest(batchOf(device.message([progress(percent, 'v1')], { at: percent })))
      const entry = {
        deviceId: device.deviceId,
        receivedAt: time(percent),
        body: { services: [progress(percent, 'v1')] },
      }
      assert.deepEqual((await forward(backend, [entry])).body, { results: [accepted] })
      return []
    })
    assert.deepEqual((await Promise.all(work)).flat(), [])
    assert.equal((await device.view()).percent, 10)
    assert.equal((await device.reports(id)).length, 10)
  })
})
