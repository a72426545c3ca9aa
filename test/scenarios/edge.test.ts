import assert from 'node:assert/strict'
import { test } from 'node:test'
import mqtt from 'mqtt'
import { dockBridge } from '../../edge/dock-bridge.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'
import { allLogs } from '../support/operator.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { onlyLocal, shareLocal } from '../support/story.ts'

const shared = shareLocal()

test('a dock behind its own broker', { skip: onlyLocal || mosquittoMissing }, async (t) => {
  const backend = await shared(t)
  const bridge = dockBridge({
    endpoint: '127.0.0.1',
    port: Number(new URL(backend.mqttUrl).port),
    insecurePlain: true,
    docks: [],
    bridgeName: 'story',
    remoteClientId: 'edge',
  })
  const edge = await startMosquitto(`allow_anonymous true\n${bridge}`)
  t.after(() => edge.stop())
  // Both subscriptions of the bridge stand, so that the first command finds its way.
  await backend.until(
    async () => edge.log().match(/Received SUBACK from .*edge-1/g)?.length,
    (count) => count === 2,
  )
  const dock = await simulatedDock(t, { ...backend, mqttUrl: edge.url })

  await t.test('delivers its logs', async () => {
    assert.equal((await dock.list()).state, 'received')
    const { id } = await dock.start(allLogs)
    await dock.uploadUntil(id, 'verified')
  })

  await t.test('keeps its telemetry to itself', async (t) => {
    const cloud = await mqtt.connectAsync(backend.mqttUrl)
    const site = await mqtt.connectAsync(edge.url)
    t.after(() => Promise.all([cloud.endAsync(true), site.endAsync(true)]))
    await cloud.subscribeAsync('#', { qos: 1 })
    const heard: string[] = []
    const last = new Promise<void>((resolve) =>
      cloud.on('message', (topic) => {
        heard.push(topic)
        if (topic === topicsOf(dock.dockSn).events) resolve()
      }),
    )
    for (const kind of ['osd', 'state', 'requests'])
      await site.publishAsync(`thing/product/${dock.dockSn}/${kind}`, '{}', { qos: 1 })
    await site.publishAsync(topicsOf(dock.dockSn).events, '{"method":"other"}', { qos: 1 })
    await last
    assert.deepEqual(heard, [topicsOf(dock.dockSn).events])
  })
})
