import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { recordUpgrades } from '../../../lambdas/upgrades/record.ts'
import { batchOf } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { progress, start, time, type Upgrades, wireUpgrades } from '../../support/upgrades.ts'

const Answer = z.object({
  object_device_id: z.string(),
  services: z.tuple([
    z.object({
      service_id: z.literal('$time_sync'),
      event_type: z.literal('time_sync_response'),
      paras: z.object({
        device_send_time: z.number(),
        server_recv_time: z.number(),
        server_send_time: z.number(),
      }),
    }),
  ]),
})

/** By a clock that was never set. */
const deviceSentAt = 86_400_000
const timeRequest = {
  service_id: '$time_sync',
  event_type: 'time_sync_request',
  paras: { device_send_time: deviceSentAt },
}

describe('a device that asks for the time', () => {
  const world = openTable()

  const answers = ({ sent }: Upgrades) =>
    sent.map(({ topic, payload }) => {
      const { object_device_id, services } = Answer.parse(JSON.parse(payload))
      return { by: topic.split('/')[2], about: object_device_id, ...services[0].paras }
    })

  it('gets the times of its request and of our answer, and nothing is written', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    backend.clock.now = start + 1_500
    world.used.splice(0)
    assert.deepEqual(await backend.ingest(batchOf(device.message([timeRequest], { at: 0 }))), [])
    assert.deepEqual(answers(backend), [
      {
        by: device.deviceId,
        about: device.deviceId,
        device_send_time: deviceSentAt,
        server_recv_time: start,
        server_send_time: start + 1_500,
      },
    ])
    assert.ok((backend.sent[0]?.expiresInSeconds ?? 999) <= 60)
    assert.deepEqual(
      world.used.filter(({ kind }) => kind === 'write'),
      [],
    )
  })

  it('may be behind a gateway, through which it is answered', async () => {
    const backend = wireUpgrades(world.table)
    const [gateway, child] = [backend.device(), backend.device()]
    const message = gateway.message([timeRequest], { about: child.deviceId })
    assert.deepEqual(await backend.ingest(batchOf(message)), [])
    assert.deepEqual(
      answers(backend).map(({ by, about }) => [by, about]),
      [[gateway.deviceId, child.deviceId]],
    )
  })

  it('is answered once per message, however often it asks in it', async () => {
    const backend = wireUpgrades(world.table)
    const [one, other] = [backend.device(), backend.device()]
    const records = [one.message(Array(50).fill(timeRequest)), other.message([timeRequest])]
    assert.deepEqual(await backend.ingest(batchOf(...records)), [])
    assert.deepEqual(
      answers(backend).map(({ by }) => by),
      [one.deviceId, other.deviceId],
    )
  })

  it('is not answered once its question is more than a minute old, as after a redrive', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const question = device.message([timeRequest], { at: 0 })
    backend.clock.now = start + 60_001
    assert.deepEqual(await backend.ingest(batchOf(question)), [])
    assert.deepEqual(answers(backend), [])
    backend.clock.now = start + 60_000
    await backend.ingest(batchOf(question))
    assert.equal(answers(backend).length, 1)
  })

  it('is answered when its message is retried, if the broker failed', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const { id } = await device.open()
    const message = device.message([timeRequest, progress(10, 'v1')], { at: 0 })
    const other = device.message([progress(20, 'v1')], { at: 1 })
    backend.broker.failing = true
    assert.deepEqual(await backend.ingest(batchOf(message, other)), [message.messageId])
    backend.broker.failing = false
    assert.deepEqual(await backend.ingest(batchOf(message)), [])
    assert.equal(answers(backend).length, 1)
    assert.deepEqual(
      (await device.reports(id)).map(({ percent }) => percent),
      [20, 10],
    )
  })

  it('is not answered if its own platform does, or over HTTPS', async () => {
    const backend = wireUpgrades(world.table)
    const { upgrades, rejected, signs, clock, device, offering } = backend
    const publish = async () => assert.fail('nobody was to be told')
    const silent = recordUpgrades({ upgrades, rejected, signs, ...offering, publish, now: () => clock.now })
    const asking = device()
    assert.deepEqual(await silent(batchOf(asking.message([timeRequest]))), [])
    const body = [{ deviceId: asking.deviceId, receivedAt: time(0), body: { services: [timeRequest] } }]
    const answer = await backend.call('takeDeviceEvents', { body })
    assert.deepEqual(answer.body, { results: [{ outcome: 'accepted' }] })
    assert.deepEqual(backend.sent, [])
  })

  it('without a time of its own is rejected, which operators can see', async () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    await backend.ingest(batchOf(device.message([{ ...timeRequest, paras: {} }])))
    assert.deepEqual(await backend.rejections(device.deviceId), [
      'noSendTime services[].paras.device_send_time 1',
    ])
  })
})
