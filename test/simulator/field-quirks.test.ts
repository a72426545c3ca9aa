import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { readProgress, readReply } from '../../protocols/dji-remote-log/up.ts'
import { parseFaults } from '../../simulator/dock/faults.ts'
import { dockSn, type Heard, now, startWorld, type World } from './dock-world.ts'

let world: World
afterEach(() => world.close())

const isEvent = ({ topic }: Heard) => topic.endsWith('/events')

describe('oddities of the fields', () => {
  const seen = (raw: string) => world.heard.some((heard) => heard.raw.includes(raw))
  const oddities: [string, () => void][] = [
    ['prgress', () => assert.ok(seen('"prgress":100') && seen('"progress":{'))],
    ['end_ime', () => assert.ok(seen('"end_ime":') && !seen('"end_time":'))],
    ['intModule', () => assert.ok(seen('"module":3') && !seen('"module":"3"'))],
    ['seconds', () => assert.ok(seen(`"end_time":${now / 1000 - 3600}`))],
    ['noTotalStep', () => assert.ok(seen('current_step') && !seen('total_step'))],
    ['noGateway', () => assert.ok(!seen('gateway'))],
    ['noBid', () => assert.ok(!seen('"bid"'))],
    [
      'otherBid',
      () =>
        assert.ok(
          world.heard.every((heard) => isEvent(heard) === !/job-1|listing-1/.test(heard.message.bid ?? '')),
        ),
    ],
    ['noMethod', () => assert.ok(!seen('"method"'))],
    ['noNeedReply', () => assert.ok(!seen('need_reply'))],
    ['blankDeviceSn', () => assert.ok(seen('"device_sn":""') && !seen(`"device_sn":"${dockSn}"`))],
    [
      'filesElsewhere',
      () => assert.ok(seen('"data":{"result":0,"status":"ok","ext":') && seen('"output":{"files":')),
    ],
  ]
  for (const [quirk, check] of oddities) {
    it(`${quirk}: shows on the wire and can still be read`, async () => {
      world = await startWorld({ faults: parseFaults([`quirk:${quirk}`]) })
      await world.list()
      await world.run({ aircraft: [1], dock: [2] })
      check()
      for (const heard of world.heard) {
        const read = isEvent(heard) ? readProgress : readReply
        assert.equal(read(dockSn, new TextEncoder().encode(heard.raw)).outcome, 'understood', heard.raw)
      }
    })
  }
})
