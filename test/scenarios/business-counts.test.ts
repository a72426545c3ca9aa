import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { createClock } from '../../local/clock.ts'
import { dockByHand } from '../support/dock-by-hand.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { onlyLocal, shareLocal } from '../support/story.ts'
import { deviceStory, fault, progress, type Service, versions } from '../support/upgrades.ts'

const Emf = z.looseObject({
  _aws: z.looseObject({
    CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) }).loose()),
  }),
})

const counts = new Map<string, number>()
const take = (line: string): void => {
  const values = line.startsWith('{"_aws"') ? Emf.safeParse(JSON.parse(line)).data : undefined
  for (const { Metrics } of values?._aws.CloudWatchMetrics ?? [])
    for (const { Name } of Metrics) {
      const name = [Name, values?.reason ?? values?.result].filter(Boolean).join(' ')
      const times = [values?.[Name]].flat().length
      counts.set(
        name,
        (counts.get(name) ?? 0) + (Name === 'CommandReplyTime' ? times : Number(values?.[Name])),
      )
    }
}

const clock = createClock()
const shared = shareLocal({ clock, log: (_name, line) => take(line) })

/** All that the functions counted since, as `name` or `name dimension`, with how often. */
const openCounting = async (t: TestContext) => {
  const backend = await shared(t)
  await backend.idle()
  counts.clear()
  return { backend, counted: () => Object.fromEntries([...counts].toSorted()) }
}

test('uploads are counted by how they end, once each', { skip: onlyLocal }, async (t) => {
  const { backend, counted } = await openCounting(t)
  const good = await simulatedDock(t, backend)
  await good.list()
  const { id } = await good.start()
  await good.uploadUntil(id, 'verified')

  const failing = await dockByHand(t, backend)
  const refused = await failing.startUpload()
  await failing.answer(refused.command, { result: 324015 })
  await failing.uploadUntil(refused.upload.id, 'rejected')
  const unheardOf = await failing.startUpload()
  await failing.answer(unheardOf.command, { result: 987654 })
  await failing.uploadUntil(unheardOf.upload.id, 'rejected')

  const silent = await dockByHand(t, backend)
  const stopped = await silent.startUpload()
  await silent.answer(stopped.command, { result: 0 })
  await silent.report(stopped.command, { status: 'file_uploading', step: 3, percent: 50 })
  await silent.uploadUntil(stopped.upload.id, 'uploading')
  clock.advance(2 * 3_600_000)
  await backend.tick()
  await backend.idle()
  await backend.tick()
  await backend.idle()

  const { CommandReplyTime, ...rest } = counted()
  assert.deepEqual(rest, {
    'UploadsFailed aircraftOff': 1,
    'UploadsFailed timedOut': 1,
    'UploadsFailed unknownResult': 1,
    UploadsStarted: 4,
    UploadsVerified: 1,
  })
  // Three listings and four starts.
  assert.equal(CommandReplyTime, 7)
})

test('upgrades are counted by their result', { skip: onlyLocal }, async (t) => {
  const { backend, counted } = await openCounting(t)
  const device = await backend.device()
  const run = async (name: string, state: string, ...services: Service[]) => {
    const story = deviceStory(backend, name)
    await story.register()
    await story.open('v2')
    for (const service of services)
      await device.publish(`oc/devices/${name}/sys/events/up`, { services: [service] })
    await story.until((view) => view.state === state)
  }
  await run('good-pump', 'succeeded', progress(50, 'v1'), versions('v2'))
  await run('flat-pump', 'failed', fault(4))
  await run('odd-pump', 'failed', fault(4711))
  await backend.idle()
  assert.deepEqual(counted(), {
    'UpgradesEnded lowBattery': 1,
    'UpgradesEnded succeeded': 1,
    'UpgradesEnded unknownResult': 1,
  })
})
