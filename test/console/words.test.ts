import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemOf, whatToTry } from '../../console/api/problem.ts'
import { claimsOf, everything, grantsOf } from '../../console/session/grants.ts'
import { conclusionOf } from '../../console/upgrades/conclusion.ts'
import { reasonName } from '../../console/words/codes.ts'
import { csvOfRecords } from '../../console/words/csv.ts'
import { bytes, count, duration, rate } from '../../console/words/quantities.ts'

/** What the console says in people's words. */

test('sizes and rates are in units that people use', () => {
  assert.deepEqual([0, 999, 1000, 1_735_168, 12_400_000, 9_990_000_000].map(bytes), [
    '0 B',
    '999 B',
    '1 kB',
    '1.7 MB',
    '12 MB',
    '10 GB',
  ])
  assert.equal(rate(350_000), '350 kB/s')
})

test('durations have two units at most', () => {
  assert.deepEqual([0, 45, 60, 725, 3600, 12_000, 86_400, 190_000].map(duration), [
    '0 s',
    '45 s',
    '1 min',
    '12 min',
    '1 h',
    '3 h 20 min',
    '1 d',
    '2 d 4 h',
  ])
})

test('one is singular', () => {
  assert.deepEqual([count(1, 'log'), count(2, 'log'), count(1200, 'log')], ['1 log', '2 logs', '1,200 logs'])
})

test('codes are read as words', () => {
  assert.deepEqual(['deviceInUse', 'filesNotAList', 'silent'].map(reasonName), [
    'Device in use',
    'Files not a list',
    'Silent for too long',
  ])
})

const grants = (...groups: string[]) => grantsOf({ 'cognito:groups': groups }, 'cognito:groups')

test('a grant for a fleet holds there alone, and admin holds the others', () => {
  const north = grants('read@north', 'operate@north')
  assert.deepEqual(
    [
      north.may('operate', 'north'),
      north.may('operate', 'south'),
      north.may('download', 'north'),
      north.fleets,
    ],
    [true, false, false, ['north']],
  )
  const admin = grants('admin')
  assert.deepEqual([admin.may('operate', 'south'), admin.fleets], [true, undefined])
  assert.equal(grants('read@north', 'read').fleets, undefined)
  assert.equal(everything.may('admin'), true)
})

test('scopes count like groups, and a group of another meaning counts for nothing', () => {
  const scoped = grantsOf({ scope: 'openid groundcrew/operate' }, 'groups')
  assert.equal(scoped.may('operate', 'north'), true)
  assert.equal(grants('operators', 'administrator').may('operate'), false)
})

test('claims are read from a token, and none from what is no token', () => {
  const payload = Buffer.from(JSON.stringify({ sub: 'zoë' })).toString('base64url')
  assert.deepEqual(claimsOf(`x.${payload}.y`), { sub: 'zoë' })
  assert.deepEqual(['', 'opaque', 'a.b.c'].map(claimsOf), [{}, {}, {}])
})

const attempt = {
  id: '1',
  deviceId: 'pump',
  package: 'firmware',
  targetVersion: 'v2',
  state: 'failed',
  openedAt: '2026-11-22T00:00:00.000Z',
  timeoutSeconds: 60,
  proveSeconds: 900,
  requestedBy: 'ann',
  failure: { code: 2, reason: 'Too little signal.', advice: 'Wait.', retryable: true },
} as const
const report = { receivedAt: '2026-11-22T00:00:00.000Z', repeats: 0 } as const

test('each report of a device is concluded from as the backend does', () => {
  const conclusions = [
    { ...report, kind: 'versionReport', firmware: 'v2' },
    { ...report, kind: 'versionReport', firmware: 'v1' },
    { ...report, kind: 'versionReport', software: 'v2' },
    { ...report, kind: 'upgradeReport', resultCode: 0, percent: 100, version: 'v2' },
    { ...report, kind: 'upgradeReport', resultCode: 0, percent: 100, version: 'v1' },
    { ...report, kind: 'upgradeReport', resultCode: 0, percent: 40, version: 'v1' },
    { ...report, kind: 'upgradeReport', resultCode: 2, version: 'v1' },
    { ...report, kind: 'upgradeReport', resultCode: 9, version: 'v1' },
  ] as const
  assert.deepEqual(
    conclusions.map((one) => conclusionOf(one, attempt)),
    [
      'Confirmed: it runs the target version',
      'It runs v1, not the target version',
      'Says nothing of the firmware',
      'Claimed: the report carries the target version',
      'Downloaded; the version is not yet the target',
      'Under way',
      'Failed: Too little signal.',
      'A fault, code 9',
    ],
  )
})

test('a fault of the backend is told with the id under which its logs have it, if that is one', () => {
  const id = '8f507cfc-0f0a-4a5e-9b9e-3f1e6c2d7a11'
  const adviceFor = (instance?: string) =>
    whatToTry(problemOf(500, { title: 'Something went wrong', instance }))
  assert.match(adviceFor(`urn:uuid:${id}`), new RegExp(`logs of the backend, under ${id}\\.$`))
  for (const none of [undefined, 'https://elsewhere.example/'])
    assert.match(adviceFor(none), /logs of the backend\.$/)
})

test('a list is saved with a column for each value that any record has, and no cell is a formula', () => {
  const saved = csvOfRecords([
    { id: '=1+1', ends: -5, archives: [{ module: 'dock', boots: [3, 4] }], labels: { site: 'a,"b"' } },
    { id: 'two', note: 'a\nb', archives: [] },
  ])
  assert.equal(
    saved,
    [
      'id,ends,archives[0].module,archives[0].boots,labels.site,note',
      `'=1+1,-5,dock,3; 4,"a,""b""",`,
      'two,,,,,"a\nb"',
      '',
    ].join('\r\n'),
  )
})
