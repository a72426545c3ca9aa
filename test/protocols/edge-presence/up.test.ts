import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { readRelayedPresence } from '../../../protocols/edge-presence/up.ts'

const read = (message: unknown) =>
  readRelayedPresence(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))
const understood = (message: unknown) => {
  const outcome = read(message)
  assert.equal(outcome.outcome, 'understood')
  return outcome.outcome === 'understood' ? outcome : assert.fail()
}

suite('What a relay says of a dock', () => {
  test('is read whole', () =>
    assert.deepEqual(
      read({
        online: true,
        since: 1_795_000_000_000,
        aircraft: ['1581F5BKD000000001'],
        firmware: { '7CTDM0000000001': '10.01.16.03' },
        mode: 'upgrading',
      }),
      {
        outcome: 'understood',
        presence: {
          online: true,
          since: 1_795_000_000_000,
          aircraft: ['1581F5BKD000000001'],
          firmware: { '7CTDM0000000001': '10.01.16.03' },
          mode: 'upgrading',
        },
        dropped: [],
      },
    ))

  test('may consist only of whether the dock is present', () =>
    assert.deepEqual(understood({ online: false }).presence, { online: false, aircraft: [], firmware: {} }))

  test('has its time in text, and its mode as the dock has it', () => {
    const { presence } = understood({ online: true, since: '2026-11-29T08:00:00+01:00', mode: 3 })
    assert.deepEqual([presence.since, presence.mode], [Date.parse('2026-11-29T07:00:00Z'), 'upgrading'])
  })

  test('is ignored where it is empty: that is how a retained message is deleted', () =>
    assert.deepEqual(read(''), { outcome: 'ignored' }))

  for (const [message, reason, path] of [
    ['{"online":', 'notJson', ''],
    [[true], 'notAnObject', ''],
    [{}, 'noOnline', 'online'],
    [{ online: 'yes' }, 'noOnline', 'online'],
  ] as const)
    test(`is refused as ${reason}: ${JSON.stringify(message)}`, () =>
      assert.deepEqual(read(message), { outcome: 'notUnderstood', reason, path }))

  for (const [name, value, path] of [
    ['since', 1_795_000_000, 'since'],
    ['since', 'yesterday', 'since'],
    ['since', '0001-01-01T00:00:00Z', 'since'],
    ['mode', 6, 'mode'],
    ['mode', 'asleep', 'mode'],
    ['aircraft', '1581F', 'aircraft'],
    ['aircraft', ['1581F', 'a/b'], 'aircraft[]'],
    ['aircraft', ['A1', 'A2', 'A3', 'A4', 'A5'], 'aircraft[]'],
    ['firmware', ['1'], 'firmware'],
    ['firmware', { A1: 7 }, 'firmware[]'],
    ['firmware', { __proto__x: '1', 'a#': '1' }, 'firmware[]'],
  ] as const)
    test(`leaves out ${name} ${JSON.stringify(value)} and keeps the rest`, () => {
      const { presence, dropped } = understood({ online: true, [name]: value })
      assert.equal(presence.online, true)
      assert.deepEqual(dropped, [path])
    })

  test('never throws, whatever the bytes', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
          fc
            .record({
              online: fc.boolean(),
              since: fc.anything(),
              aircraft: fc.anything(),
              firmware: fc.anything(),
            })
            .map((message) => {
              try {
                return Buffer.from(JSON.stringify(message) ?? '')
              } catch {
                return Buffer.alloc(0)
              }
            }),
        ),
        (bytes) => void readRelayedPresence(bytes),
      ),
    ))
})
