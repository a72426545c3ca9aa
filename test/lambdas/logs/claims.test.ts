import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Claims, claimsOf } from '../../../lambdas/logs/claims.ts'
import { objectKey } from '../../../lambdas/storage/object-key.ts'
import type { ArchiveReport, Module, Progress } from '../../../protocols/dji-remote-log/facts.ts'

const dockSn = 'DOCK1'
const mine = '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b'
const other = '019b1a2b-3c4d-7e5f-8a6b-000000000000'
const keyOf = (uploadId: string, module: Module, of = dockSn) =>
  objectKey({ fleet: 'north', dockSn: of, createdAt: 1_800_000_000_000, uploadId, module })

const receipt = { receivedAt: 1_800_000_000_000, receiptId: '0a1b2c3d-9999' }
const claims = (progress: Partial<Progress>): Claims =>
  claimsOf(dockSn, { archives: [], gatewayContradicts: false, ...progress }, receipt)

/** Which upload a report is about, and which registers get a fact. */
const summary = ({ claims, ...rest }: Claims) => ({
  ...rest,
  claims: claims.map(({ facts, ...target }) => ({ ...target, registers: Object.keys(facts).sort() })),
})

const zipping: ArchiveReport = { module: 'dock', step: 'packing', stepPercent: 5 }

describe('a report is about the upload', () => {
  it('that its object key names, whatever its process id', () =>
    assert.deepEqual(
      summary(claims({ processId: other, archives: [{ ...zipping, objectKey: keyOf(mine, 'dock') }] })),
      { claims: [{ by: 'key', uploadId: mine, registers: ['dockProgress'] }], withoutModule: 0 },
    ))

  it('that its key names after a bucket name', () =>
    assert.deepEqual(
      summary(claims({ archives: [{ ...zipping, objectKey: `uploads/${keyOf(mine, 'dock')}` }] })).claims,
      [{ by: 'key', uploadId: mine, registers: ['dockProgress'] }],
    ))

  it('that its process id names, if it has no key', () =>
    assert.deepEqual(summary(claims({ processId: mine, archives: [zipping] })).claims, [
      { by: 'process', uploadId: mine, registers: ['dockProgress'] },
    ]))

  it('that its process id names in another form of UUIDs', () => {
    const bare = mine.replaceAll('-', '')
    for (const processId of [
      mine.toUpperCase(),
      `{${mine}}`,
      bare,
      `{${bare.toUpperCase()}}`,
      `urn:uuid:${mine}`,
    ])
      assert.deepEqual(summary(claims({ processId, archives: [zipping] })).claims, [
        { by: 'process', uploadId: mine, registers: ['dockProgress'] },
      ])
  })

  it('of another platform, if its process id is not ours', () => {
    for (const processId of ['start-1', '17', `${mine}0`, mine.slice(1), 'x'.repeat(128)])
      assert.deepEqual(summary(claims({ processId, archives: [zipping] })).claims, [
        { by: 'foreignProcess', registers: ['dockProgress'] },
      ])
  })

  it('that is active, if nothing names one', () =>
    assert.deepEqual(summary(claims({ archives: [zipping] })).claims, [
      { by: 'none', registers: ['dockProgress'] },
    ]))

  it('that each of its keys names', () =>
    assert.deepEqual(
      summary(
        claims({
          archives: [
            { ...zipping, objectKey: keyOf(mine, 'aircraft') },
            { ...zipping, objectKey: keyOf(other, 'dock') },
          ],
        }),
      ).claims,
      [
        { by: 'key', uploadId: mine, registers: ['aircraftProgress'] },
        { by: 'key', uploadId: other, registers: ['dockProgress'] },
      ],
    ))

  it('that a key names, even if another archive has no key', () =>
    assert.deepEqual(
      summary(
        claims({
          processId: mine,
          archives: [
            { ...zipping, objectKey: keyOf(mine, 'dock') },
            { step: 'pulling', module: 'aircraft' },
          ],
        }),
      ).claims,
      [{ by: 'key', uploadId: mine, registers: ['aircraftProgress', 'dockProgress'] }],
    ))

  it('that a key names, even if an archive without a key comes first and the process id is another', () => {
    const archives: ArchiveReport[] = [
      { end: 'failed', module: 'aircraft' },
      { end: 'failed', objectKey: keyOf(mine, 'dock') },
    ]
    for (const processId of [undefined, other, 'start-1'])
      assert.deepEqual(
        summary(claims({ ...(processId ? { processId } : {}), end: 'failed', archives })).claims,
        [{ by: 'key', uploadId: mine, registers: ['aircraftEnd', 'dockEnd', 'jobEnd'] }],
      )
  })
})

describe('a key that is not ours', () => {
  const foreign = 'logs/2e742c87.tar'

  it('changes no upload and is reported as foreign', () =>
    assert.deepEqual(summary(claims({ processId: mine, archives: [{ ...zipping, objectKey: foreign }] })), {
      claims: [],
      foreignKey: foreign,
      withoutModule: 0,
    }))

  it('changes no upload if it is an archive of another dock', () => {
    const key = keyOf(mine, 'dock', 'DOCK2')
    assert.deepEqual(summary(claims({ archives: [{ ...zipping, objectKey: key }] })), {
      claims: [],
      foreignKey: key,
      withoutModule: 0,
    })
  })

  it('does not affect our own archives in the same report', () =>
    assert.deepEqual(
      summary(
        claims({
          archives: [
            { ...zipping, objectKey: foreign },
            { ...zipping, objectKey: keyOf(mine, 'dock') },
          ],
        }),
      ),
      {
        claims: [{ by: 'key', uploadId: mine, registers: ['dockProgress'] }],
        foreignKey: foreign,
        withoutModule: 0,
      },
    ))

  it('makes archives without a key in the same report foreign, in any position', () => {
    const unnamed: ArchiveReport[] = [1, 2, 3, 4].map(() => ({ module: 'dock', end: 'failed' }))
    for (const archives of [
      [{ ...zipping, objectKey: foreign }, ...unnamed],
      [...unnamed, { ...zipping, objectKey: foreign }],
    ])
      assert.deepEqual(summary(claims({ archives })), { claims: [], foreignKey: foreign, withoutModule: 0 })
  })

  it('makes the end of the job foreign', () =>
    assert.deepEqual(
      claims({ processId: mine, end: 'uploaded', archives: [{ end: 'uploaded', objectKey: foreign }] })
        .claims,
      [],
    ))
})

describe('the archive that a report is about is', () => {
  const registers = (archive: ArchiveReport) =>
    claims({ archives: [archive] }).claims.flatMap(({ facts }) => Object.keys(facts).sort())
  const cases: [string, ArchiveReport, string[]][] = [
    [
      'told by its key, whatever module it names',
      { module: 'aircraft', step: 'sent', objectKey: keyOf(mine, 'dock') },
      ['dockProgress'],
    ],
    ['told by its module', { module: 'aircraft', deviceSn: dockSn, step: 'sent' }, ['aircraftProgress']],
    ['the dock’s, if the device is the dock', { deviceSn: dockSn, step: 'sent' }, ['dockProgress']],
    ['the aircraft’s, if the device is not', { deviceSn: '1581F', step: 'sent' }, ['aircraftProgress']],
    ['each, if nothing tells', { step: 'sent' }, ['aircraftProgress', 'dockProgress']],
    ['none, if nothing tells whose end it is', { end: 'failed' }, []],
  ]
  for (const [name, archive, expected] of cases)
    it(name, () => assert.deepEqual(registers(archive), expected))

  it('counted as unknown if an end names neither module nor device', () =>
    assert.equal(claims({ archives: [{ end: 'failed' }, { end: 'uploaded' }] }).withoutModule, 2))
})

describe('the end of a job', () => {
  it('goes to the upload that the report is about', () =>
    assert.deepEqual(
      summary(
        claims({
          processId: other,
          end: 'uploaded',
          archives: [{ end: 'uploaded', objectKey: keyOf(mine, 'dock') }],
        }),
      ).claims,
      [{ by: 'key', uploadId: mine, registers: ['dockEnd', 'dockOk', 'jobEnd', 'jobOk'] }],
    ))

  it('goes to the upload of the process id, if there are no archives', () =>
    assert.deepEqual(summary(claims({ processId: mine, end: 'canceled' })).claims, [
      { by: 'process', uploadId: mine, registers: ['jobEnd'] },
    ]))

  it('is a failure if there is only a result code', () =>
    assert.deepEqual(
      claims({ processId: mine, result: 324018 }).claims.map(({ facts }) => [
        facts.jobEnd?.end,
        facts.jobEnd?.result,
      ]),
      [['failed', 324018]],
    ))

  it('is not taken from a result code if archives are listed', () =>
    assert.deepEqual(summary(claims({ processId: mine, result: 324018, archives: [zipping] })).claims, [
      { by: 'process', uploadId: mine, registers: ['dockProgress'] },
    ]))
})
