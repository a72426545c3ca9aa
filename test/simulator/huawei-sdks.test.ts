import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterEach, describe, it } from 'node:test'
import { parseScript } from '../../simulator/huawei/script.ts'
import { sdkNames } from '../../simulator/huawei/sdks.ts'
import { child, deviceId, startWorld, type World } from './huawei-world.ts'

let world: World
afterEach(() => world.close())

/** What of a report a backend judges an upgrade by, and the words. */
type Text = string | undefined
type Told = [resultCode: number, percent: number | undefined, version: Text, description: Text]

const told = (): Told[] =>
  world.facts().flatMap((fact): Told[] => {
    if (fact.kind !== 'upgradeReport') return []
    const { resultCode, percent, version, description } = fact
    return [[resultCode, percent, version, description]]
  })

const play = async (texts: string[], expected: number) => {
  world = await startWorld({ script: parseScript(texts) })
  assert.equal(await world.device.upgrade('v2.0.0'), true)
  await world.until(() => told().length >= expected)
}

describe('an upgrade as the SDKs tell it', () => {
  const successes: [string, Told[]][] = [
    [
      'documented',
      [
        [0, 10, 'v1.0.0', 'downloading'],
        [0, 50, 'v1.0.0', 'downloading'],
        [0, 90, 'v1.0.0', 'installing'],
        [0, 100, 'v2.0.0', 'upgrade success'],
      ],
    ],
    [
      'java',
      [
        [0, 100, 'v1.0.0', undefined],
        [0, 100, 'v2.0.0', 'upgrade success'],
      ],
    ],
    ['python', [[0, 100, 'v2.0.0', 'upgrade success']]],
    ['c', [[0, 100, 'v2.0.0', 'success']]],
    ['go', [[0, 100, 'v2.0.0', undefined]]],
    ['csharp', [[0, 100, 'v2.0.0', 'upgrade success']]],
    ['liteos', [[0, 100, undefined, undefined]]],
  ]
  for (const [sdk, reports] of successes) {
    it(`${sdk}: succeeds`, async () => {
      await play([sdk], reports.length)
      assert.deepEqual(told(), reports)
      assert.equal(world.device.version, 'v2.0.0')
    })
  }
  it('is played for every SDK there is', () =>
    assert.deepEqual(
      successes.map(([sdk]) => sdk),
      sdkNames,
    ))

  const failures: [string, number, Told[]][] = [
    ['java', 6, [[6, 0, 'v1.0.0', undefined]]],
    [
      'java',
      10,
      [
        [0, 100, 'v1.0.0', undefined],
        [10, 0, 'v1.0.0', undefined],
      ],
    ],
    ['c', 7, [[1, 0, 'v2.0.0', 'failed']]],
    ['go', 255, [[255, 0, undefined, 'upgrade failed']]],
    ['go', 6, [[10, 0, undefined, 'upgrade failed']]],
    ['csharp', 7, [[3, 0, 'v2.0.0', 'sign verify failed']]],
    ['csharp', 255, [[255, 0, 'v2.0.0', 'upgrade failed (255)']]],
    ['liteos', 7, [[7, undefined, undefined, undefined]]],
  ]
  for (const [sdk, code, reports] of failures) {
    it(`${sdk}: fails for the reason ${code}`, async () => {
      await play([sdk, `failure:${code}`], reports.length)
      assert.deepEqual(told(), reports)
      assert.equal(world.device.version, 'v1.0.0')
    })
  }

  it('python: says nothing of a failure', async () => {
    await play(['python', 'failure'], 0)
    await world.device.reportVersion()
    assert.deepEqual(
      world.facts().map(({ kind }) => kind),
      ['versionReport'],
    )
  })

  for (const code of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]) {
    it(`documented: fails with the code ${code} at half of the upgrade`, async () => {
      await play([`failure:${code}`], 3)
      assert.deepEqual(told().at(-1)?.slice(0, 3), [code, 50, 'v1.0.0'])
    })
  }
})

describe('a message as the SDKs write it', () => {
  const service = () => world.heard.at(-1)?.message.services[0]

  it('documented: has the time in UTC, and names the device', async () => {
    await play([], 4)
    assert.equal(service()?.event_time, '20261121T212608Z')
    assert.equal(world.heard[0]?.message.object_device_id, deviceId)
  })

  it('python: has the local time marked as UTC, and an empty event id', async () => {
    await play(['python'], 1)
    assert.equal(service()?.event_time, '2026-11-22T05:26:08Z')
    assert.equal(service()?.event_id, '')
  })

  it('python: logs every connect in a message that is none of ours', async () => {
    await play(['python'], 1)
    await world.device.reboot()
    await world.until(() => world.heard.length === 3)
    assert.deepEqual(
      world.reads().map(({ outcome }) => outcome),
      ['heard', 'understood', 'heard'],
    )
  })

  const starts: [string, unknown][] = [
    ['java', { device_sdk_version: 'JAVA_v1.2.1', sw_version: null, fw_version: null }],
    ['c', { device_sdk_version: 'C_v1.2.1', sw_version: 'v1.0.0', fw_version: 'v1.0.0' }],
    ['csharp', { device_sdk_version: 'C#_v1.3.4', sw_version: 'v1.0', fw_version: 'v1.0' }],
  ]
  for (const [sdk, paras] of starts)
    it(`${sdk}: says at a start which SDK it is, and not when its connection is made again`, async () => {
      world = await startWorld({ script: parseScript([sdk]) })
      const back = once(world.device.events, 'online')
      world.dropAll()
      await back
      await world.device.reportVersion()
      await world.until(() => world.heard.length === 2)
      const said = world.heard.map(({ message }) => message.services[0])
      assert.deepEqual(
        said.map((event) => event?.event_type),
        ['sdk_info_report', 'version_report'],
      )
      assert.deepEqual({ ...said[0]?.paras }, paras)
    })

  it('java: has an event id of null', async () => {
    await play(['java'], 2)
    assert.equal(service()?.event_id, null)
  })

  for (const outcome of ['', '-failed']) {
    it(`c: is the vendor's example${outcome}, line by line`, async () => {
      await play(outcome ? ['c', 'failure'] : ['c'], 1)
      const example = `protocols/huawei-ota/examples/up-upgrade_progress_report-c${outcome}.json`
      const written: unknown = JSON.parse(await readFile(example, 'utf8'))
      assert.deepEqual(world.heard.at(-1)?.message, written)
      assert.match(world.heard.at(-1)?.raw ?? '', /^\{\n\t"object_device_id"/)
    })
  }

  it('go: comes at QoS 0, with texts that are empty rather than missing', async () => {
    await play(['go', 'failure'], 1)
    assert.equal(world.heard[0]?.qos, 0)
    assert.match(world.heard[0]?.raw ?? '', /"version":""/)
  })

  it('liteos: has no time, no description, no version and not even the device', async () => {
    await play(['liteos', 'failure'], 1)
    assert.deepEqual(world.heard[0]?.message, {
      services: [{ service_id: '$ota', event_type: 'upgrade_progress_report', paras: { result_code: 7 } }],
    })
  })

  it('liteos: names a child', async () => {
    world = await startWorld({ script: { sdk: 'liteos' }, children: [child] })
    await world.device.upgrade('v2.0.0', { child })
    assert.equal(world.heard[0]?.message.object_device_id, child)
  })

  const gateways: [string, string][] = [
    ['csharp', 'up-upgrade_progress_report-csharp-gateway.json'],
    ['python', 'up-upgrade_progress_report-python-child.json'],
  ]
  for (const [sdk, example] of gateways) {
    it(`${sdk}: says of a child what its gateways say`, async () => {
      world = await startWorld({ script: parseScript([sdk]), children: [child] })
      await world.device.upgrade('v2.0.0', { child })
      const written: unknown = JSON.parse(await readFile(`protocols/huawei-ota/examples/${example}`, 'utf8'))
      assert.deepEqual(world.heard.at(-1)?.message, written)
    })
  }
})
