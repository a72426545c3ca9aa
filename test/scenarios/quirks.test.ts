import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FileReport, stepCount } from '../../simulator/export-report.ts'
import { type FieldQuirk, fieldQuirks } from '../../simulator/field-quirks.ts'
import { allLogs } from '../support/operator.ts'
import { firstBootAt, simulatedDock } from '../support/simulated-dock.ts'
import { openBackend } from '../support/story.ts'

const odd = [...fieldQuirks.map((quirk) => [quirk]), fieldQuirks]

test('a dock whose messages are odd is understood', { concurrency: 4 }, async (t) => {
  const backend = await openBackend(t)
  await Promise.all(
    odd.map((quirks) =>
      t.test(quirks.join(', '), async (t) => {
        const dock = await simulatedDock(t, backend, { faults: { quirks } })
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
      }),
    ),
  )
})

test('and how far it is, too', async (t) => {
  const backend = await openBackend(t)
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
