import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import type { Collection } from '../../../console/api/records.ts'
import { draftFaults, draftOf, inputOf, newDraft } from '../../../console/collections/draft.ts'
import { CollectionInput } from '../../../lambdas/collections/shapes.ts'
import { miss, noBrowser, openPage, press, see, startConsole } from '../../support/console.ts'
import { simulatedDock } from '../../support/simulated-dock.ts'

/** Whoever has logs collected, by the console alone. */

const skip = noBrowser

const Runs = z.object({ items: z.array(z.looseObject({ state: z.string() })) })

test('a collection is made, run at all of its docks and at chosen ones, changed and deleted', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  const dock = await simulatedDock(t, local)
  await local.must('PUT', '/v1/docks/7CTDMSOUTH', { fleet: 'south' })
  const page = await openPage(t)
  await page.goto(`${local.url}/collections`)
  await see(page, 'There is no collection')
  await press(page, 'Create a collection')
  await page.getByLabel('Name – optional').fill('Depot logs')
  await page.getByRole('radio', { name: 'Only by hand' }).check()
  await page.getByRole('checkbox', { name: /^Aircraft/ }).uncheck()
  await page.getByRole('radio', { name: 'The newest logs' }).check()
  await page.getByLabel('How many of each').fill('0')
  await press(page, 'Create the collection')
  await see(page, 'Type a whole number from 1 to 100.')
  await page.getByLabel('How many of each').fill('2')
  await press(page, 'Create the collection')
  await see(page, 'Dock: the newest 2 logs')
  await see(page, 'It has not run yet')

  await press(page, 'Run now')
  await press(page, 'Run it')
  await see(page, 'Run by hand')
  // What an event came too early for, the clock carries on.
  const runs = async () => {
    await local.tick()
    return Runs.parse(await local.must('GET', '/v1/collections/depot-logs/runs')).items
  }
  await local.until(runs, ([run]) => run?.state === 'ended')
  await see(page, /^Collected$/)
  await page.getByRole('link', { name: 'Show', exact: true }).click()
  await see(page, 'Run by hand')
  await see(page, 'Size and checksum match')
  assert.deepEqual((await dock.uploads())[0]?.archives[0]?.bootIndexes.toSorted(), [2, 3])
  await page.getByRole('link', { name: 'depot-logs' }).click()

  await page.goto(`${local.url}/docks`)
  await page.getByRole('checkbox', { name: 'Select 7CTDMSOUTH' }).check()
  await press(page, 'Collect from these docks (1)')
  await see(page, 'None can collect from all of these docks')
  await press(page, 'Close')
  await page.getByRole('checkbox', { name: 'Select 7CTDMSOUTH' }).uncheck()
  await page.getByRole('checkbox', { name: `Select ${dock.dockSn}` }).check()
  await press(page, 'Collect from these docks (1)')
  await press(page, 'Collect')
  await page.waitForURL('**/collections/depot-logs')
  await page.getByText('Run by hand').nth(1).waitFor()

  await press(page, 'Change')
  await page.getByRole('radio', { name: 'Each day' }).check()
  await page.getByLabel('At', { exact: true }).fill('04:15')
  await press(page, 'Save the collection')
  await see(page, /^Each day at 04:15/)
  // The list is of an index, which may lag behind what was deleted this moment.
  const stale = JSON.stringify(await local.must('GET', '/v1/collections'))
  const list = /\/v1\/collections(\?|$)/
  await page.route(list, (route) => route.fulfill({ contentType: 'application/json', body: stale }), {
    times: 1,
  })
  await press(page, 'Delete')
  await press(page, 'Delete it')
  await page.waitForURL('**/collections')
  await see(page, 'There is no collection')
  await miss(page, 'Depot logs')
})

const plain = { noNullPrototype: true }
const level = fc.constantFrom('notice' as const, 'caution' as const, 'warning' as const)
const codes = fc.uniqueArray(fc.stringMatching(/^0x[0-9A-F]{1,8}$/), { minLength: 1, maxLength: 3 })
const when = fc.oneof(
  fc.constant({ afterFlight: {} }),
  fc.constant({ daily: { at: '03:30', timeZone: 'Europe/Berlin' } }),
  fc
    .record(
      {
        levels: fc.uniqueArray(level, { minLength: 1, maxLength: 2 }),
        codes,
        exceptCodes: codes,
        imminentToo: fc.constant(true),
        cooldownSeconds: fc.nat(604_800),
      },
      { requiredKeys: ['cooldownSeconds'], ...plain },
    )
    .map((alarm) => ({ alarm })),
)
const modules = fc.uniqueArray(fc.constantFrom('aircraft' as const, 'dock' as const), { minLength: 1 })
const logs = fc.oneof(
  fc.record({ modules, newestBoots: fc.integer({ min: 1, max: 100 }) }, plain),
  fc.record({ modules, beforeSeconds: fc.nat(604_800), afterSeconds: fc.nat(80_000) }, plain),
)
const ids = { id: fc.constant('one'), createdBy: fc.constant('ann'), wakeAircraft: fc.constant(false) }
const at = fc.constant('2026-01-01T00:00:00Z')
const settings = {
  ...ids,
  createdAt: at,
  changedAt: at,
  enabled: fc.boolean(),
  when,
  logs,
  docks: fc.constant<string[]>(['7CTDM1', '7CTDM2']),
  finishWithinSeconds: fc.integer({ min: 80_600, max: 604_800 }),
  atOnce: fc.integer({ min: 1, max: 50 }),
  retries: fc.nat(3),
}
const { when: _, ...needed } = settings
const collection = fc.oneof(
  fc.record(settings),
  fc.record(needed).map((one): Collection => one),
)

test('a collection that is changed in nothing stays what it is, to the second', () => {
  fc.assert(
    fc.property(collection, (known) => {
      const draft = draftOf(known, 'UTC')
      assert.deepEqual(draftFaults(draft), {})
      const input = CollectionInput.parse(inputOf(draft))
      assert.deepEqual(
        [input.logs, input.finishWithinSeconds, input.atOnce, input.retries, input.enabled],
        [known.logs, known.finishWithinSeconds, known.atOnce, known.retries, known.enabled],
      )
      assert.deepEqual(input.when, known.when)
    }),
  )
})

test('what the API would refuse is told where it is typed', () => {
  const draft = newDraft('north', 'UTC')
  const wrong = { hasId: true, id: 'no spaces', fleet: '', levels: [], beforeMinutes: 'ten', atOnce: '51' }
  assert.deepEqual(Object.keys(draftFaults({ ...draft, ...wrong })).toSorted(), [
    'atOnce',
    'beforeMinutes',
    'fleet',
    'id',
    'levels',
  ])
  const late = { ...draft, name: 'n', afterMinutes: '60', finishHours: '1' }
  assert.deepEqual(Object.keys(draftFaults(late)), ['finishHours'])
})
