import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { startDock } from '../../simulator/dock/dock.ts'
import { aircraftSn, dockSn, startWorld, type Wire, type World } from './dock-world.ts'

let world: World
afterEach(() => world.close())

describe('a dock that comes and goes', () => {
  it('keeps its session, so that commands sent meanwhile reach it when it comes back', async () => {
    world = await startWorld()
    world.dock.goOffline()
    await once(world.broker, 'clientDisconnect')
    const reply = world.list()
    assert.equal(world.heard.length, 0)
    await world.dock.comeBack()
    assert.equal((await reply).data.result, 0)
  })

  it('loses a running export when it restarts, and says so', async () => {
    world = await startWorld()
    await world.start({ dock: [9], aircraft: [1] })
    await world.dock.restart()
    await world.list()
    assert.equal(world.outputs().at(-1)?.status, 'failed')
    assert.equal(world.last('aircraft')?.progress.result, 324021)
    assert.equal((await world.run({ dock: [1] })).data.result, 0)
  })

  it('cannot start against a broker that is not there', async () => {
    world = await startWorld()
    await world.closeBroker()
    await assert.rejects(startDock({ mqttUrl: world.mqttUrl, dockSn, aircraftSn }), /ECONNREFUSED/)
  })

  it('sends an event that wants an answer again, under another id, until it is answered', async () => {
    world = await startWorld({ needReply: true, pace: 1 })
    await world.start({ dock: [1] })
    const isEnd = ({ message }: { message: Wire }) => message.data.output?.status === 'ok'
    const first = await world.until(isEnd)
    const again = await world.until(({ message }) => isEnd({ message }) && message.tid !== first.message.tid)
    assert.equal(first.message.need_reply, 1)
    assert.deepEqual(again.message.data, first.message.data)
    assert.notEqual(again.message.bid, first.message.bid)
    await world.tell(topicsOf(dockSn).eventsReply, JSON.stringify({ tid: again.message.tid }))
    await world.list()
    const answered = world.heard.length
    await world.list()
    assert.equal(world.heard.length, answered + 1)
  })
})
