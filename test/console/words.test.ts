import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemOf, whatToTry } from '../../console/api/problem.ts'
import { dockFaults } from '../../console/docks/dock-faults.ts'
import { newDraft } from '../../console/rollout/draft.ts'
import { changeOf, settingsOf } from '../../console/rollout/draft-settings.ts'
import { claimsOf, everything, grantsOf } from '../../console/session/grants.ts'
import { howKnown } from '../../console/upgrades/conclusion.ts'
import { secondsLeft } from '../../console/uploads/seconds-left.ts'
import { changesOf } from '../../console/words/changes.ts'
import { reasonName } from '../../console/words/codes.ts'
import { csvOfRecords } from '../../console/words/csv.ts'
import { idsInCsv } from '../../console/words/lists.ts'
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

test('claims are read from a token, and none from other text', () => {
  const payload = Buffer.from(JSON.stringify({ sub: 'zoë' })).toString('base64url')
  assert.deepEqual(claimsOf(`x.${payload}.y`), { sub: 'zoë' })
  assert.deepEqual(['', 'opaque', 'a.b.c'].map(claimsOf), [{}, {}, {}])
})

test('a fault of the backend is shown with the id that its logs have, if the id is valid', () => {
  const id = '8f507cfc-0f0a-4a5e-9b9e-3f1e6c2d7a11'
  const adviceFor = (instance?: string) =>
    whatToTry(problemOf(500, { type: 'x/constructor', title: 'Something went wrong', instance }))
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

test('ids are found in a table by the name of their column, else in the first, however it is written', () => {
  assert.deepEqual(
    idsInCsv('\ufeffname,deviceId\r\n"Pump, north",pump_1\r\n"a ""b""",pump_2\r\nx,pump_1\r\n'),
    ['pump_1', 'pump_2'],
  )
  assert.deepEqual(idsInCsv('Serial number;Name\n7CTD1;Depot\n'), ['7CTD1'])
  assert.deepEqual(idsInCsv('pump_1\npump_2\n\n'), ['pump_1', 'pump_2'])
})

test('an edit sends what was typed anew alone, and takes away what was emptied', () => {
  const before = { name: 'Depot', aircraftSn: '1581F', fleet: 'north' }
  const names = ['name', 'aircraftSn', 'fleet'] as const
  assert.deepEqual(changesOf(before, before, names), {})
  assert.deepEqual(changesOf(before, { ...before, name: 'Depot ', aircraftSn: '' }, names), {
    aircraftSn: null,
  })
  const draft = { ...newDraft('p', ''), name: 'Spring' }
  const settings = settingsOf(draft)
  assert.deepEqual(changeOf(settings, settings), {})
  assert.deepEqual(changeOf({ ...settings, pace: { perMinute: 5 } }, { ...settings, name: 'May' }), {
    name: 'May',
    pace: null,
  })
})

test('no time is promised of a dock that has fallen silent', () => {
  const working = { module: 'dock', state: 'uploading', percent: 50 } as const
  const archive = { ...working, bootIndexes: [1], objectKey: 'k' }
  const at = (ms: number) => new Date(ms).toISOString()
  const upload = {
    id: 'u',
    dockSn: 'D',
    fleet: 'f',
    state: 'uploading' as const,
    attempt: 1,
    requestedBy: 'ann',
    createdAt: at(0),
    updatedAt: at(0),
    deadlineAt: at(0),
    archives: [archive],
  }
  assert.equal(secondsLeft(upload, archive, 10_000), 10)
  assert.equal(secondsLeft({ ...upload, stalledSince: at(5000) }, archive, 10_000), undefined)
})

test('only a success is known by something', () => {
  const evidence = 'matched' as const
  assert.equal(howKnown({ state: 'succeeded', evidence }), 'matched')
  for (const state of ['failed', 'rolledBack', 'closed', 'timedOut'] as const)
    assert.equal(howKnown({ state, evidence }), undefined)
})

test('a wrong serial number says why', () => {
  const nothing = { dockSn: '', name: '', aircraftSn: '', fleet: '' }
  const faults = dockFaults({ ...nothing, dockSn: '7CT-DM', aircraftSn: 'A'.repeat(33) })
  assert.match(faults.dockSn, /no spaces or hyphens/)
  assert.match(faults.aircraftSn, /at most 32 characters/)
  assert.match(dockFaults({ ...nothing, dockSn: '7C', aircraftSn: '7C' }).aircraftSn, /of the dock/)
})
