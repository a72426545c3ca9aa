import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Campaign, UpgradeAttempt } from '../../console/api/records.ts'
import { mostOf, plane, stepsOf } from '../../console/rollout/curve-shape.ts'
import {
  type CampaignSettings,
  type Draft,
  labelsOf,
  newDraft,
  newPhase,
} from '../../console/rollout/draft.ts'
import { deviceFaults, nameFaults, phaseFaults, timeFaults } from '../../console/rollout/draft-faults.ts'
import { draftOf, settingsOf } from '../../console/rollout/draft-settings.ts'
import { csvOf } from '../../console/rollout/evidence.ts'
import { idFrom, isId, listOf } from '../../console/words/lists.ts'
import { CampaignInput } from '../../lambdas/campaigns/shapes.ts'

/** What the console makes of what is typed for a campaign, and of what it leaves behind. Pure. */

const draft = (more: Partial<Draft> = {}): Draft => ({ ...newDraft('pumps-2', ''), name: 'Spring', ...more })
const faultsOf = (of: Draft) => ({
  ...nameFaults(of, false),
  ...deviceFaults(of),
  ...phaseFaults(of),
  ...timeFaults(of),
})

const campaign: Campaign = {
  id: 'spring',
  name: 'Spring',
  package: 'firmware',
  targetVersion: '2.0',
  requestedBy: 'ann',
  timeoutSeconds: 60,
  proveSeconds: 60,
  createdAt: '2026-11-29T10:00:00.000Z',
  devices: 1,
  states: { pending: 0, upgrading: 0, succeeded: 0, failed: 1, timedOut: 0, rolledBack: 0, closed: 0 },
  evidence: { proving: 0, matched: 0, confirmed: 0 },
  versions: [],
  otherVersions: 0,
  failures: [],
}

/** A campaign that was made with these settings. */
const asShown = ({ phases = [], abort: _, ...settings }: CampaignSettings): Campaign => ({
  ...campaign,
  ...settings,
  state: 'draft',
  phases: phases.map((phase) => ({
    ...phase,
    state: 'waiting',
    size: 0,
    released: 0,
    atWork: 0,
    confirmed: 0,
    failed: 0,
  })),
})

test('what nothing is wrong with the API takes, whatever is typed', () => {
  const some = (...usual: string[]) =>
    fc.oneof(
      { weight: 40, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
    )
  const phase = fc
    .record({
      name: some('first', 'rest', 'third'),
      take: fc.constantFrom<'percent' | 'devices' | 'labels'>('percent', 'devices', 'labels'),
      amount: some('5', '0.5', '100', 'site: north', '1'),
      together: some('1', '1000', '1001'),
      confirmed: some('95', '100'),
      failed: some('0', '2.25'),
      withinHours: some('1', '720', '721'),
      next: fc.constantFrom<'auto' | 'approval'>('auto', 'approval'),
    })
    .map(newPhase)
  const typed = fc.record({
    phases: fc.array(phase, { minLength: 1, maxLength: 3 }),
    name: some('Spring', ''),
    typedId: some('', 'spring'),
    choose: fc.constantFrom<'ids' | 'like'>('ids', 'like'),
    ids: some('a\nb', ''),
    labels: some('site: north', ''),
    versions: some('1.0'),
    models: some('P'),
    hasWindow: fc.boolean(),
    from: some('01:30', '24:00'),
    minutes: some('1', '1441'),
    days: fc.subarray<Draft['days'][number]>(['mon', 'sun']),
    timeZone: fc.constantFrom('', 'Europe/Berlin'),
    perMinute: some('', '1'),
    retries: some('0', '3'),
    retryMinutes: some('60'),
    silentHours: some('24'),
  })
  let right = 0
  fc.assert(
    fc.property(typed, (more) => {
      const given = draft(more)
      if (Object.keys(faultsOf(given)).length > 0) return
      right += 1
      const settings = settingsOf(given)
      const again = settingsOf(draftOf(asShown(settings)))
      assert.deepEqual(again, { ...settings, proveSeconds: campaign.proveSeconds })
      const read = CampaignInput.safeParse(settings)
      // What the phases before a phase leave to it is the API's to say, and so is what cannot be seen in texts.
      const others = (read.error?.issues ?? []).filter(
        ({ message }) => !/leaves this phase no device|visible|version/.test(message),
      )
      assert.deepEqual(others, [])
    }),
    { numRuns: 5_000 },
  )
  assert.ok(right > 20, `${right} were right`)
})

test('each field says what is wrong with it', () => {
  assert.deepEqual(faultsOf(draft()), {})
  const [one, two] = [
    newPhase({ name: 'x', amount: '60' }),
    newPhase({ name: 'x', amount: '60', together: '0' }),
  ]
  assert.deepEqual(
    Object.keys(
      faultsOf(
        draft({
          name: '',
          packageId: '',
          choose: 'ids',
          ids: 'no spaces',
          phases: [one, two],
          hasWindow: true,
          days: [],
          from: '25:00',
          minutes: '0',
          retries: 'x',
        }),
      ),
    ),
    [
      'name',
      'id',
      'packageId',
      'ids',
      `${two.key}.name`,
      `${two.key}.together`,
      'phases',
      'days',
      'from',
      'minutes',
      'retries',
    ],
  )
  assert.deepEqual(Object.keys(nameFaults(draft(), true)), ['fleet'])
})

test('lists, labels and ids are read as people type them', () => {
  assert.deepEqual(listOf(' a, b\n\na\r\nc '), ['a', 'b', 'c'])
  assert.deepEqual(labelsOf('site: north\nring=2, kind : pump station'), {
    site: 'north',
    ring: '2',
    kind: 'pump station',
  })
  assert.equal(labelsOf('site'), undefined)
  assert.deepEqual(['Frühling 2.0!', '北'].map(idFrom), ['fruhling-2-0', ''])
  fc.assert(fc.property(fc.string(), (name) => idFrom(name) === '' || isId(idFrom(name))))
})

const attempt: UpgradeAttempt = {
  id: 'a1',
  deviceId: 'pump_1',
  package: 'firmware',
  targetVersion: '2.0',
  state: 'failed',
  openedAt: '2026-11-29T10:00:00.000Z',
  timeoutSeconds: 60,
  proveSeconds: 60,
  requestedBy: 'ann',
}
test('no cell of the evidence is a formula', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', '=', '+', '-', '@', '\t', '\r'), (text, first) => {
      const reportedVersion = `${first}${text.replaceAll('"', '')}`
      const csv = csvOf({
        exportedAt: '',
        exportedBy: 'ann',
        decisions: [],
        skipped: [],
        campaign,
        devices: [{ ...attempt, reportedVersion }],
      })
      const cells = csv.slice(csv.indexOf('\r\n') + 2, -2).match(/("[^"]*"|[^",]*)(,|$)/g) ?? []
      const bare = cells.map((one) => one.replace(/,$/, '').replace(/^"(.*)"$/s, '$1'))
      assert.ok(!bare.some((one) => /^[=+\-@\t\r]/.test(one)))
      assert.equal(
        bare.filter((one) => one.endsWith(reportedVersion) && reportedVersion !== '').length > 0,
        reportedVersion !== '',
      )
    }),
  )
})

test('the curve stands until something is counted, and never leaves its plane', () => {
  const points = [0, 60, 120].map((seconds, n) => ({
    at: new Date(seconds * 1000).toISOString(),
    confirmed: n * 5,
    failed: n,
  }))
  assert.equal(stepsOf(points, 'confirmed', 10), 'M0 240H480V120H960V0H1000')
  assert.equal(stepsOf(points.slice(0, 1), 'confirmed', 10), 'M0 240H1000')
  assert.equal(mostOf(points, 3), 10)
  const point = fc.record({
    at: fc.nat().map((ms) => new Date(ms).toISOString()),
    confirmed: fc.nat(),
    failed: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(point), fc.nat(), (given, devices) => {
      const sorted = given.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
      const numbers = stepsOf(sorted, 'failed', mostOf(sorted, devices)).match(/-?[\d.]+/g) ?? []
      assert.ok(numbers.map(Number).every((one) => one >= 0 && one <= plane.width))
    }),
  )
})
