import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { batchOf } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { progress, versions, wireUpgrades } from '../../support/upgrades.ts'

describe('a message', () => {
  const world = openTable()

  describe('from a gateway', () => {
    const family = async () => {
      const backend = wireUpgrades(world.table)
      const [gateway, child] = [backend.device(), backend.device()]
      const speak = (about: string | undefined, at: number, ...services: unknown[]) =>
        backend.ingest(batchOf(gateway.message(services, { at, ...(about ? { about } : {}) })))
      return { backend, gateway, child, speak }
    }

    it('counts for its registered child', async () => {
      const { gateway, child, speak } = await family()
      await child.register({ parentId: gateway.deviceId })
      const { id } = await child.open()
      assert.deepEqual(await speak(child.deviceId, 10, progress(100, 'v2')), [])
      assert.equal(await child.short(), 'upgrading matched')
      assert.equal((await child.reports(id)).length, 1)
      assert.equal((await child.view()).parentId, gateway.deviceId)
    })

    it('is rejected for a foreign device, is shown, and changes nothing', async () => {
      for (const isKnown of [true, false]) {
        const { backend, gateway, child, speak } = await family()
        if (isKnown) await child.register()
        assert.deepEqual(await speak(child.deviceId, 10, progress(100, 'v2'), versions('v2')), [])
        const [row] = await backend.rejections(gateway.deviceId)
        assert.match(row ?? '', /^notItsChild object_device_id /)
        if (isKnown) assert.equal(await child.short(), 'none')
        else
          assert.equal(
            (await backend.call('getUpgrade', { params: { deviceId: child.deviceId } })).status,
            404,
          )
        const { items } = await keptOf(child.deviceId)
        assert.equal(items, isKnown ? 1 : 0)
      }
    })

    /** How many items the table has of a device. */
    const keptOf = async (deviceId: string) => {
      const { Count } = await world.table.client.send(
        new QueryCommand({
          TableName: world.table.name,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `DEVICE#${deviceId}` },
        }),
      )
      return { items: Count }
    }

    it('is rejected for the child of another gateway, and for a child that has left', async () => {
      const { backend, gateway, child, speak } = await family()
      await child.register({ parentId: 'another' })
      await speak(child.deviceId, 10, progress(50, 'v1'))
      await child.register({ parentId: gateway.deviceId })
      await speak(child.deviceId, 20, progress(60, 'v1'))
      await child.register({})
      await speak(child.deviceId, 30, progress(70, 'v1'))
      assert.deepEqual(await backend.rejections(gateway.deviceId), ['notItsChild object_device_id 2'])
      assert.equal((await child.view()).percent, 60)
    })

    it('counts for itself, named or not, and not for its children', async () => {
      const { gateway, child, speak } = await family()
      await child.register({ parentId: gateway.deviceId })
      await speak(undefined, 10, progress(50, 'v1'))
      assert.equal((await gateway.view()).percent, 50)
      await speak(gateway.deviceId, 20, progress(60, 'v1'))
      assert.equal((await gateway.view()).percent, 60)
      assert.equal(await child.short(), 'none')
    })

    it('does not let a child speak for its gateway', async () => {
      const { backend, gateway, child } = await family()
      await child.register({ parentId: gateway.deviceId })
      await gateway.register()
      await backend.ingest(batchOf(child.message([progress(100, 'v2')], { at: 10, about: gateway.deviceId })))
      assert.equal(await gateway.short(), 'none')
      assert.deepEqual(await backend.rejections(child.deviceId), ['notItsChild object_device_id 1'])
    })

    it('counts beside what the child says itself, in one batch', async () => {
      const { backend, gateway, child } = await family()
      await child.register({ parentId: gateway.deviceId })
      const failed = await backend.ingest(
        batchOf(
          gateway.message([progress(50, 'v1')], { at: 10, about: child.deviceId }),
          child.message([progress(60, 'v1')], { at: 11 }),
          gateway.message([versions('v1')], { at: 12, about: child.deviceId }),
        ),
      )
      assert.deepEqual(failed, [])
      const { percent, firmware } = await child.view()
      assert.deepEqual([percent, firmware?.version], [60, 'v1'])
    })
  })
})
