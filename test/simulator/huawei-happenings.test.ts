import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { parseScript } from '../../simulator/huawei-script.ts'
import { startWorld, type World } from './huawei-world.ts'

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
    assert.deepEqual(seen, ['100 v1.0.0', 'offline', 'online', 'v2.0.0', '100 v2.0.0'])
    assert.equal(world.heard.length, 2)
  })

  it('restarts halfway where nothing is installed', async () => {
    await play('reboot', 'failure:10')
    assert.deepEqual(story(), [10, 50, -10])
    assert.equal(world.signedIn.length, 2)
  })

  it('succeeds and then runs the old version again', async () => {
    await play('rollback', 'c')
    assert.deepEqual(story(), [100, 'v1.0.0'])
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
