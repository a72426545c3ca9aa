import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { parseScript } from '../../simulator/huawei/script.ts'
import { sdkNames } from '../../simulator/huawei/sdks.ts'
import { deviceId, startWorld, type World } from './huawei-world.ts'

let world: World
afterEach(() => world.close())

/** Progress reports as percentages, or their code where something is wrong; version reports as versions. */
const story = () =>
  world
    .facts()
    .map((fact) =>
      fact.kind === 'versionReport' ? fact.firmware : fact.resultCode ? -fact.resultCode : fact.percent,
    )

const play = async (...texts: string[]) => {
  world = await startWorld({ script: parseScript(texts) })
  await world.device.upgrade('v2.0.0')
}

describe('what may happen in an upgrade', () => {
  it('tells of the download on the way, also where the SDK does not', async () => {
    await play('downloads', 'java')
    assert.deepEqual(story(), [10, 50, 100, 100])
  })

  it('tells of the download on the way once', async () => {
    await play('downloads')
    assert.deepEqual(story(), [10, 50, 90, 100])
  })

  it('goes silent at the end of the download and stays as it was', async () => {
    await play('silent')
    assert.deepEqual(story(), [10, 50])
    assert.equal(world.device.version, 'v1.0.0')
  })

  it('goes silent without a word where the SDK reports no download', async () => {
    await play('silent', 'c')
    assert.deepEqual(story(), [])
  })

  it('is already up to date and says so with the code 3', async () => {
    await play('upToDate')
    assert.deepEqual(story(), [-3])
    const [fact] = world.facts()
    assert.equal(fact?.kind === 'upgradeReport' && fact.version, 'v1.0.0')
  })

  it('restarts before the new version is reported', async () => {
    const seen: string[] = []
    world = await startWorld({ script: { sdk: 'java', reboot: true } })
    const { events } = world.device
    events.on('offline', () => seen.push('offline'))
    events.on('online', () => seen.push('online'))
    events.on('installed', ({ version }) => seen.push(version))
    events.on('reported', ({ report }) => seen.push(`${report.progress} ${report.version}`))
    await world.device.upgrade('v2.0.0')
    assert.deepEqual(seen, ['100 v1.0.0', 'offline', 'v2.0.0', 'online', '100 v2.0.0'])
  })

  for (const sdk of sdkNames)
    it(`${sdk}: runs the new version from its first word after the restart that installs it`, async () => {
      world = await startWorld({ script: { sdk, reboot: true } })
      const { device } = world
      const back: string[] = []
      device.events.on('online', () => back.push(device.version))
      await device.upgrade('v2.0.0')
      assert.deepEqual(back, ['v2.0.0'])
    })

  for (const sdk of ['python', 'c', 'go'] as const)
    it(`${sdk}: reports the new version before the restart that installs it`, async () => {
      world = await startWorld({ script: { sdk, reboot: true } })
      const { device } = world
      const ran: string[] = []
      device.events.on('reported', () => ran.push(device.version))
      await device.upgrade('v2.0.0')
      assert.deepEqual(ran, ['v1.0.0'])
    })

  for (const sdk of ['java', 'python', 'c'] as const)
    it(`${sdk}: who asks at its greeting after the restart is told the new version`, async () => {
      world = await startWorld({ script: { sdk, reboot: true } })
      const { device, ask, broker, heard, until } = world
      const greetings = () => heard.filter(({ raw }) => /\$log|\$sdk_info/.test(raw)).length
      await until(() => greetings() === 1)
      broker.on('publish', ({ payload }) => {
        if (/\$log|\$sdk_info/.test(payload.toString())) void ask(deviceId)
      })
      await device.upgrade('v2.0.0')
      await until(() => world.facts().at(-1)?.kind === 'versionReport')
      assert.equal(greetings(), 2)
      assert.equal(story().at(-1), 'v2.0.0')
    })

  it('go: says nothing after the restart until it is asked', async () => {
    await play('go', 'reboot')
    await world.ask(deviceId)
    await world.until(() => story().at(-1) === 'v2.0.0')
    assert.deepEqual(
      world.heard.map(({ message }) => message.services[0]?.event_type),
      ['upgrade_progress_report', 'version_report'],
    )
  })

  it('restarts halfway where nothing is installed', async () => {
    await play('reboot', 'failure:10')
    assert.deepEqual(story(), [10, 50, -10])
    assert.equal(world.signedIn.length, 2)
  })

  it('succeeds and then runs the old version again', async () => {
    await play('rollback', 'c')
    await world.until(() => story().includes(100) && story().at(-1) === 'v1.0.0')
    // It greets after its restart with what it runs, and reports it.
    assert.deepEqual(new Set(story().slice(story().indexOf(100))), new Set([100, 'v1.0.0']))
    assert.equal(world.device.version, 'v1.0.0')
  })

  it('sends four reports with the same second', async () => {
    let clock = Date.UTC(2026, 10, 21, 21, 26, 8)
    world = await startWorld({
      script: { burst: true },
      now: () => {
        clock += 700
        return clock
      },
    })
    await world.device.upgrade('v2.0.0')
    assert.deepEqual(story(), [10, 50, 90, 100])
    assert.equal(new Set(world.facts().map(({ eventTime }) => eventTime)).size, 1)
  })

  it('tells several things in one message, among them some that concern nobody', async () => {
    await play('several')
    assert.equal(world.heard.length, 1)
    assert.deepEqual(
      world.reads().map(({ outcome }) => outcome),
      ['heard', 'understood', 'understood', 'understood', 'understood', 'heard'],
    )
    assert.deepEqual(story(), [10, 50, 90, 100])
  })

  it('sends every message twice', async () => {
    await play('duplicates')
    await world.device.reportVersion()
    assert.deepEqual(story(), [10, 10, 50, 50, 90, 90, 100, 100, 'v2.0.0', 'v2.0.0'])
  })

  it('sends the end before what precedes it', async () => {
    await play('reorder')
    assert.deepEqual(story(), [50, 10, 100, 90])
  })

  it('keeps nothing back where the number of messages is odd', async () => {
    await play('reorder', 'failure:5')
    assert.deepEqual(story(), [50, 10, -5])
  })

  it('sends numbers as strings', async () => {
    await play('numbersAsStrings')
    assert.match(world.heard[0]?.raw ?? '', /"result_code":"0","progress":"10"/)
    assert.deepEqual(story(), [10, 50, 90, 100])
  })

  it('sends no version, so that only a version report tells', async () => {
    await play('blankVersion')
    assert.match(world.heard.at(-1)?.raw ?? '', /"version":""/)
    await world.device.reportVersion()
    assert.deepEqual(story(), [10, 50, 90, 100, 'v2.0.0'])
  })
})
