import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantsOf } from '../../console/session/grants.ts'

test('what a page offers follows the groups of whoever signed in, by their prefix where there is one', () => {
  const claims = { roles: ['admin', 'groundcrew:read', 'groundcrew:operate@north'] }
  const grants = grantsOf(claims, 'roles', 'groundcrew:')
  assert.deepEqual(
    [grants.may('read'), grants.may('operate', 'north'), grants.may('operate', 'south'), grants.may('admin')],
    [true, true, false, false],
  )
  assert.equal(grantsOf(claims, 'roles').may('admin'), true)
})

test('actions on all fleets are not offered to administrators of some, however many', () => {
  const rights = (...groups: string[]) => grantsOf({ groups }, 'groups')
  const some = rights('admin@north', 'admin@south', 'read')
  assert.deepEqual([some.may('admin'), some.mayInAll('admin'), some.mayInAll('read')], [true, false, true])
  assert.equal(rights('admin').mayInAll('admin'), true)
})
