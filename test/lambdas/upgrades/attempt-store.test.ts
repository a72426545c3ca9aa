import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { closeAttempt, isOpen, openAttempt } from '../../../lambdas/upgrades/attempts.ts'
import type { Attempt } from '../../../lambdas/upgrades/state.ts'
import { openTable } from '../../support/table.ts'
import { progress, start, wireUpgrades } from '../../support/upgrades.ts'

/** What is written must be what was read of the device, or nothing is. */
describe('opening an attempt', () => {
  const world = openTable()

  const attemptFor = (target: string, openedAt = start): Attempt => ({
    id: newId(openedAt),
    package: 'firmware',
    target,
    openedAt,
    timeoutSeconds: 600,
    proveSeconds: 900,
    requestedBy: 'ann',
  })
  const world1 = () => {
    const backend = wireUpgrades(world.table)
    const device = backend.device()
    const read = () => backend.upgrades.get(device.deviceId)
    const open = (known: Awaited<ReturnType<typeof read>>, target = 'v2', replace = false) =>
      openAttempt(world.table, device.deviceId, known, attemptFor(target), {
        replace,
        now: backend.clock.now,
      })
    return { backend, device, read, open }
  }

  it('creates a device that was unknown', async () => {
    const { device, read, open } = world1()
    assert.equal(await open(undefined), 'opened')
    const known = await read()
    assert.deepEqual(
      [known?.deviceId, known?.fleet, known?.attempt?.target],
      [device.deviceId, 'default', 'v2'],
    )
  })

  it('is refused if the device was not known and is now', async () => {
    const { device, open } = world1()
    await device.register()
    assert.equal(await open(undefined), 'changed')
  })

  it('is refused if the device reported meanwhile, and goes through when it is read again', async () => {
    const { device, read, open } = world1()
    await device.say(0, progress(1, 'v1'))
    const known = await read()
    await device.say(1, progress(2, 'v1'))
    assert.equal(await open(known), 'changed')
    assert.equal(await open(await read()), 'opened')
  })

  it('is refused if an attempt was opened meanwhile', async () => {
    const { device, read, open } = world1()
    await device.register()
    const known = await read()
    await device.open('v3')
    assert.equal(await open(known), 'changed')
  })

  it('names what stands in its way without writing', async () => {
    const { read, open } = world1()
    await open(undefined)
    const known = await read()
    assert.deepEqual([await open(known), await open(known, 'v3')], ['same', 'another'])
    assert.deepEqual(await read(), known)
    assert.equal(await open(known, 'v3', true), 'opened')
  })

  it('leaves one open: the new one, until it ends or we have concluded that it is silent', async () => {
    const { backend, read, open } = world1()
    await open(undefined)
    const known = await read()
    assert.ok(known)
    assert.equal(isOpen(known, start + 999_999), true)
    await backend.conclude(600)
    assert.equal(isOpen((await read()) ?? known, start + 660_000), false)
    assert.equal(isOpen({ ...known, attempt: undefined }, start), false)
  })

  describe('then closing it', () => {
    const close = (deviceId: string, id: string, by: string, rev?: number) =>
      closeAttempt(world.table, deviceId, id, by, start + 5, rev)

    it('keeps the first close', async () => {
      const { device, read, open } = world1()
      await open(undefined)
      const id = (await read())?.attempt?.id ?? ''
      assert.equal(await close(device.deviceId, id, 'ann'), true)
      assert.equal(await close(device.deviceId, id, 'bob'), true)
      assert.equal((await read())?.registers.closed?.by, 'ann')
    })

    it('is refused for another attempt, a device that is unknown, and one that was written since', async () => {
      const { device, read, open } = world1()
      await open(undefined)
      const { attempt, rev } = (await read()) ?? { rev: 0 }
      assert.equal(await close(device.deviceId, newId(start), 'ann'), false)
      assert.equal(await close('nobody', attempt?.id ?? '', 'ann'), false)
      assert.equal(await close(device.deviceId, attempt?.id ?? '', 'ann', rev - 1), false)
      assert.equal((await read())?.registers.closed, undefined)
    })
  })
})
