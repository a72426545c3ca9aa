import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { lentCredentials, wireApi } from '../../../support/api.ts'
import { openTable } from '../../../support/table.ts'

const secrets = Object.values(lentCredentials)
const holdsSecret = (text: string): boolean => secrets.some((secret) => text.includes(secret))
const body = { selections: [{ module: 'dock', bootIndexes: [2] }] }

describe('lent credentials', () => {
  const world = openTable()

  const everythingStored = async (): Promise<string> => {
    const { Items } = await world.table.client.send(new ScanCommand({ TableName: world.table.name }))
    return JSON.stringify(Items)
  }

  it('go to the dock, and neither into the table nor into what operators read', async () => {
    const api = wireApi(world.table)
    await api.listedDock('DOCK1')
    const params = { dockSn: 'DOCK1' }
    const answer = await api.call('startUpload', { params, body })
    assert(holdsSecret(api.sent.map(({ payload }) => payload).join()), 'the dock was lent nothing')
    const reads = await Promise.all([
      api.call('listDockUploads', { params }),
      api.call('getDock', { params }),
    ])
    for (const { text } of [answer, ...reads]) assert(!holdsSecret(text))
    assert(!holdsSecret(await everythingStored()))
  })

  it('are nowhere if they were lent but could not be sent', async () => {
    const api = wireApi(world.table)
    await api.listedDock('DOCK2')
    api.broken.add('broker')
    const answer = await api.call('startUpload', { params: { dockSn: 'DOCK2' }, body })
    assert.deepEqual([answer.status, api.lent.length], [503, 1])
    assert(!holdsSecret(answer.text))
    assert(!holdsSecret(await everythingStored()))
  })
})
