import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { type FirmwareOffer, offerFirmware } from '../../../protocols/dji-firmware/down.ts'

/** What a dock needs of an offer, from the vendor's table: exactly these fields. */
const Text = z.string().min(1)
const DockSide = z.strictObject({
  tid: Text,
  bid: Text,
  timestamp: z.int(),
  method: z.literal('ota_create'),
  data: z.strictObject({
    devices: z
      .array(
        z.strictObject({
          sn: Text,
          product_version: Text,
          file_url: Text,
          md5: Text,
          file_size: z.int(),
          file_name: Text,
          firmware_upgrade_type: z.union([z.literal(2), z.literal(3)]),
        }),
      )
      .min(1)
      .max(2),
  }),
})

describe('a dock', () => {
  it('can read whatever we offer, for one machine or two, and finds its values in it', () => {
    const word = fc.string({ minLength: 1, unit: 'binary' })
    const offer: fc.Arbitrary<FirmwareOffer> = fc.record({
      sn: word,
      version: word,
      url: word,
      md5: word,
      size: fc.nat(),
      fileName: word,
      kind: fc.constantFrom('normal' as const, 'consistency' as const),
    })
    const offers = fc.oneof(fc.tuple(offer), fc.tuple(offer, offer))
    const command = fc.record({
      dockSn: fc.constant('7CTDLAB00A0001'),
      commandId: word,
      processId: word,
      sentAt: fc.nat(4_102_444_800_000),
    })
    fc.assert(
      fc.property(command, offers, (command, offers) => {
        const { tid, bid, data } = DockSide.parse(JSON.parse(offerFirmware(command, offers).payload))
        assert.deepEqual([tid, bid], [command.commandId, command.processId])
        assert.deepEqual(
          data.devices.map((device) => [device.sn, device.product_version, device.firmware_upgrade_type]),
          offers.map(({ sn, version, kind }) => [sn, version, kind === 'normal' ? 3 : 2]),
        )
      }),
    )
  })
})
