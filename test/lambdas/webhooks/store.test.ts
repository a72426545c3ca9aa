import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hook } from '../../../lambdas/webhooks/hook.ts'
import { hookStore } from '../../../lambdas/webhooks/store.ts'
import { openTable } from '../../support/table.ts'

const hook = (id: string, key: string): Hook => ({
  id,
  key,
  url: 'https://one.example/hook',
  types: ['groundcrew.*'],
  createdAt: 1,
  createdBy: 'ann',
  updatedAt: 1,
  updatedBy: 'ann',
  state: 'active',
  rev: 1,
})

describe('a webhook that another request has changed', () => {
  it('is not created over: neither one of its name, nor one beyond the limit that was counted', async () => {
    const hooks = hookStore(openTable().table)
    assert.equal(await hooks.create(hook('one', 'k1'), 'secret', 0), 'created')
    assert.equal(await hooks.create(hook('two', 'k2'), 'secret', 0), 'again')
    assert.equal(await hooks.create(hook('one', 'k3'), 'secret', 1), 'again')
    assert.deepEqual(
      (await hooks.all()).hooks.map(({ key }) => key),
      ['k1'],
    )
    assert.equal(await hooks.create(hook('two', 'k2'), 'secret', 1), 'created')
  })

  it('is not deleted by a request that was for an earlier one of its name', async () => {
    const hooks = hookStore(openTable().table)
    await hooks.create(hook('one', 'k1'), 'first', 0)
    await hooks.remove({ id: 'one', key: 'k1' })
    await hooks.create(hook('one', 'k2'), 'second', 1)
    await hooks.remove({ id: 'one', key: 'k1' })
    assert.equal((await hooks.find('one'))?.key, 'k2')
  })

  it('gets no second new secret: the one before would sign no more', async () => {
    const hooks = hookStore(openTable().table)
    const made = hook('one', 'k1')
    await hooks.create(made, 'first', 0)
    const rotated = await Promise.all(['second', 'third'].map((secret) => hooks.rotate(made, secret, 5)))
    assert.equal(rotated.filter((one) => one).length, 1)
    assert.equal((await hooks.secretsOf(made))?.previous, 'first')
  })

  it('is not tested, or brought back, once it is deleted', async () => {
    const hooks = hookStore(openTable().table)
    assert.equal(await hooks.askForTest({ id: 'gone', key: 'k1' }, 'ann', 5), false)
    assert.equal(await hooks.find('gone'), undefined)
  })
})
