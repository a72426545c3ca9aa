import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { offerFirmware } from '../../../protocols/dji-firmware/down.ts'
import { readOfferReply, readUpgradeProgress } from '../../../protocols/dji-firmware/up.ts'
import type { Read } from '../../../protocols/message.ts'
import { upwardExamples } from '../spoilt.ts'
import { example, understood } from './payload.ts'

const id = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxx'
const reply = { commandId: id, processId: id, result: 0 }
const progress = {
  processId: id,
  status: 'running',
  stage: 'downloading',
  percent: 10,
  gatewayContradicts: false,
}

const expected = {
  'up-ota_create': reply,
  'up-ota_create-v1.16': reply,
  'up-ota_progress': progress,
  'up-ota_progress-v1.16': progress,
}

const read = (name: string): Read<unknown> =>
  name.includes('progress') ? readUpgradeProgress('dock_sn', example(name)) : readOfferReply(example(name))

describe('the examples', () => {
  for (const [name, fact] of Object.entries(expected)) {
    it(`${name} says what its page says`, () => assert.deepEqual(understood(read(name)), fact))
  }

  it('are all read', () => assert.deepEqual(upwardExamples('dji-firmware'), Object.keys(expected).sort()))

  it('have the fields that an offer has, the first machine all of them', () => {
    const parsed = JSON.parse(Buffer.from(example('down-ota_create-v1.16')).toString())
    const [first, second] = parsed.data.devices
    const offer = {
      sn: 'drone_sn',
      version: '1.00.223',
      url: 'https://s3.com/xxx.zip',
      size: 653_467_234,
      md5: 'abcdefabcdefabcdef',
      fileName: 'wm245_1.00.223.zip',
    }
    const message = offerFirmware(
      { dockSn: '7CTDLAB00A0001', commandId: id, processId: id, sentAt: 1_654_070_968_655 },
      [
        { ...offer, kind: 'consistency' },
        { ...offer, sn: 'dock_sn', kind: 'normal' },
      ],
    )
    assert.equal(message.topic, 'thing/product/7CTDLAB00A0001/services')
    const { file_name, file_size, file_url, md5 } = first
    const devices = [first, { ...second, file_name, file_size, file_url, md5 }]
    assert.deepEqual(JSON.parse(message.payload), { ...parsed, data: { devices } })
  })
})
