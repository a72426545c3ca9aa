import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { objectKey, readReportedKey, readStoredKey } from '../../../lambdas/storage/object-key.ts'

const uploadId = '019b1a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b'
const address = { dockSn: '7CTDM0000000000000A', uploadId, module: 'dock' } as const
const key = objectKey({ ...address, fleet: 'north', createdAt: Date.UTC(2026, 10, 21, 23, 59) })

describe('an object key', () => {
  it('names fleet, dock, day, upload and module', () =>
    assert.equal(key, `north/7CTDM0000000000000A/2026-11-21/${uploadId}/dock.tar`))

  it('identifies the archive, for every fleet, dock and time', () =>
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
        fc.stringMatching(/^[A-Za-z0-9]{1,32}$/),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.constantFrom('aircraft' as const, 'dock' as const),
        (fleet, dockSn, createdAt, module) => {
          const of = { dockSn, uploadId: newId(createdAt), module }
          assert.deepEqual(readReportedKey(objectKey({ ...of, fleet, createdAt })), of)
        },
      ),
    ))

  for (const [name, prefix] of [
    ['a slash', '/'],
    ['the bucket', 'uploads/'],
    ['the endpoint', 'https://s3.eu-central-1.amazonaws.com/uploads/'],
  ])
    it(`is known behind ${name}, as some docks report it`, () =>
      assert.deepEqual(readReportedKey(`${prefix}${key}`), address))

  it('is exact in storage: other keys in the bucket are not ours', () => {
    assert.deepEqual(readStoredKey(key), address)
    assert.equal(readStoredKey(`x/${key}`), undefined)
  })

  for (const [name, foreign] of [
    ['of another platform', 'logs/2e742c87-0000-4000-8000-000000000000.tar'],
    ['that says more behind', `${key}.part`],
    ['of a module that we do not know', key.replace('dock.tar', 'gimbal.tar')],
    ['whose id is none of ours', key.replace('-7e5f-', '-4e5f-')],
    ['in other letters', key.replace('019b1a2b', '019B1A2B')],
    ['without a fleet', key.replace('north/', '')],
    ['that is cut', key.slice(0, -4)],
  ] as const)
    it(`${name} is not ours`, () => assert.equal(readReportedKey(foreign), undefined))
})
