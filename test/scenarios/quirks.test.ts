import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldQuirk, fieldQuirks } from '../../simulator/dock/field-quirks.ts'
import { type FileReport, stepCount } from '../../simulator/dock/logs/export-report.ts'
import { allLogs } from '../support/operator.ts'
import { firstBootAt, simulatedDock } from '../support/simulated-dock.ts'
import { shareBackend } from '../support/story.ts'

const shared = shareBackend()

/**
 * All at once, and by itself each that may lead a message elsewhere on its way, or to somebody else. How each is read is
 * in `test/protocols/dji-remote-log/` and `test/simulator/field-quirks.test.ts`.
 */
const alone: FieldQuirk[] = ['noMethod', 'noBid', 'otherBid', 'noGateway', 'blankDeviceSn']
const odd = [fieldQuirks, ...alone.map((quirk) => [quirk])]

test('a dock whose messages are odd is understood', async (t) => {
  const backend = await shared(t)
  for (const quirks of odd)
    await t.test(quirks.join(', '), async (t) => {
      const dock = await simulatedDock(t, backend, { faults: { quirks: [...quirks] } })
      const { modules } = await dock.list()
      assert.deepEqual(
        modules.map(({ logs: [first] }) => [first?.startTime, first?.endTime]),
        Array(2).fill([firstBootAt, firstBootAt + 1_800_000].map((at) => new Date(at).toISOString())),
      )
      const { id } = await dock.start(allLogs)
      const { archives } = await dock.uploadUntil(id, 'verified')
      assert.deepEqual(
        archives.map(({ fingerprint, sizeBytes }) => [fingerprint, sizeBytes]),
        dock.device.archives.map(({ md5, sizeBytes }) => [md5, sizeBytes]),
      )
    })
})

test('and how far it is, too', async (t) => {
  const backend = await shared(t)
  for (const quirks of [['prgress'], ['noTotalStep'], ['filesElsewhere']] satisfies FieldQuirk[][])
    await t.test(quirks.join(), async (t) => {
      // A dock that is stuck in the middle of an upload is where it said that it is.
      const dock = await simulatedDock(t, backend, { sizes: [2_000_000], faults: { quirks, stuck: true } })
      await dock.list()
      let last: FileReport | undefined
      dock.device.events.on('progress', ({ files: [file] }) => {
        last = file
      })
      const { id } = await dock.start([{ module: 'dock', bootIndexes: [1] }])
      const whole = !quirks.some((quirk) => quirk === 'noTotalStep')
      await dock.uploadUntil(id, ({ archives: [archive] }) => {
        const { step = 0, percent = 0 } = last ?? {}
        const expected = whole ? ((step - 1) * 100 + percent) / stepCount : percent
        return step === stepCount && percent > 0 && archive?.percent === Math.round(expected)
      })
    })
})
