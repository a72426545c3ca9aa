import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatedLog } from '../../../simulator/dock/logs/files.ts'
import { miss, noBrowser, openPage, press, see, startConsole, visit } from '../../support/console.ts'
import { simulatedDock } from '../../support/simulated-dock.ts'

/** Whoever looks what is wrong with a dock, by the console alone. */

const skip = noBrowser
const minuteMs = 60_000

/** Boots of half an hour each, the newest of which is not over yet. */
const bootsUntil = (sn: string, now: number) =>
  [1, 2, 3].map((bootIndex) => {
    const startTime = now - (4 - bootIndex) * 30 * minuteMs + 5 * minuteMs
    return generatedLog(sn, { bootIndex, sizeBytes: 50_000, startTime, endTime: startTime + 30 * minuteMs })
  })

test('an alarm has the logs around it beside it, to be collected, and what came of it', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  const dock = await simulatedDock(t, local, {
    logs: { aircraft: [], dock: bootsUntil('DOCK', Date.now()) },
  })
  const page = await openPage(t)
  await page.goto(`${local.url}/alarms`)
  await see(page, 'No standing alarms')
  dock.device.raiseAlarm({ code: '0x1B030019', sensor: 1 })
  await local.until(
    async () => JSON.stringify(await local.must('GET', '/v1/alarms')),
    (text) => text.includes('0x1B030019'),
  )
  await press(page, 'Refresh')
  await see(page, 'Health, component 0, sensor 1')
  await page.getByRole('link', { name: dock.dockSn }).click()
  await see(page, 'The logs of this dock are not known yet')
  await press(page, 'Refresh list')
  await see(page, /^Boot 3/)
  await miss(page, /^Boot 1/)
  await press(page, 'Collect these logs')
  await press(page, 'Start the upload')
  await see(page, 'Size and checksum match')
  assert.deepEqual((await dock.uploads())[0]?.archives[0]?.bootIndexes, [3])

  const logs = { modules: ['dock'], beforeSeconds: 300, afterSeconds: 0 }
  const when = { alarm: { codes: ['0x16100083'] } }
  await local.must('PUT', '/v1/collections/alarms', { docks: [dock.dockSn], when, logs })
  dock.device.raiseAlarm({ code: '0x16100083', level: 1 })
  await local.until(
    async () => {
      await local.tick()
      return dock.uploads()
    },
    ([newest]) => newest?.cause !== undefined && newest.state === 'verified',
  )
  await visit(page, `/docks/${dock.dockSn}`)
  await see(page, '2 alarms of the dock or its aircraft')
  await page.getByRole('link', { name: 'Show alarms' }).click()
  // At first the page has what it knew before; the newest alarm is the one whose logs it shows.
  await see(page, /^For 0x16100083/)
  await page.getByRole('radio', { name: /^Show the logs around 0x1B030019/ }).check()
  await see(page, 'No collection has uploaded logs for this alarm')
  await page.getByRole('radio', { name: /^Show the logs around 0x16100083/ }).check()
  await see(page, `Alarm 0x16100083 of ${dock.dockSn}`)
  dock.device.clearAlarm('dock', '0x1B030019')
  await page.getByText('Cleared', { exact: true }).waitFor()
})
