import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { LentCredentials } from '../../../../lambdas/logs/shapes.ts'
import { failedAt, openSeries } from '../../../support/tries.ts'
import { answered, minutes, seconds } from '../../../support/upload-facts.ts'

describe('lending credentials once more', () => {
  const openOne = async () => {
    const one = await openSeries()
    await one.tell(one.first, answered(seconds(1)))
    one.at(minutes(30))
    const lend = (more = {}) => one.call('lendCredentials', one.first, more)
    return { ...one, lend }
  }

  it('returns fresh, uncacheable ones for the archives of the upload only', async () => {
    const { api, first, lend, view } = await openOne()
    const answer = await lend()
    const keys = (await view(first)).archives.map(({ objectKey }) => objectKey)
    assert.deepEqual(LentCredentials.parse(answer.body), {
      storage: { provider: 'aws', bucket: 'uploads', region: 'eu-central-1', endpoint: 'https://s3' },
      credentials: {
        accessKeyId: 'ASIAEXAMPLE',
        secretAccessKey: 'lent-secret',
        sessionToken: 'lent-token',
        expiresAt: '2027-01-15T09:30:00.000Z',
      },
      objectKeys: keys,
    })
    assert.deepEqual(
      [answer.status, answer.headers['cache-control'], answer.headers.etag],
      [200, 'no-store', undefined],
    )
    assert.deepEqual(api.lent[1], { ...api.lent[0], lifetimeSeconds: 3600 })
    assert.equal(api.sent.length, 1, 'the dock is not told')
  })

  it('is kept in the history, and the credentials nowhere', async () => {
    const { first, lend, history, table } = await openOne()
    await lend()
    assert.deepEqual((await history(first)).at(-1), 'machine-1 credentials')
    const { Items } = await table.client.send(new ScanCommand({ TableName: table.name }))
    assert.doesNotMatch(JSON.stringify(Items), /lent-|ASIAEXAMPLE/)
  })

  it('returns none without a history entry', async () => {
    const { api, lend } = await openOne()
    const { add } = api.history
    api.history.add = async () => {
      throw new Error('out of order')
    }
    const answer = await lend()
    api.history.add = add
    assert.equal(answer.status, 500)
    assert.doesNotMatch(answer.text, /lent-/)
  })

  it('is a 409 once the upload has ended', async () => {
    const { api, first, dockSn, lend, tell } = await openOne()
    await tell(first, failedAt(minutes(2), 324019, 'aircraft', 'dock'))
    const answer = await lend()
    assert.deepEqual(
      [answer.status, answer.problem.name, answer.problem.href, api.lent.length],
      [409, 'upload-ended', `/v1/docks/${dockSn}/log-uploads/${first}`, 1],
    )
  })

  it('needs an administrator of the fleet', async () => {
    const { lend } = await openOne()
    const operator = await lend({ claims: { sub: 'x', scope: 'groundcrew/operate groundcrew/download' } })
    assert.equal(operator.problem.name, 'not-permitted')
    const south = await lend({ claims: { sub: 'x', scope: 'groundcrew/admin@south' } })
    assert.equal(south.problem.name, 'unknown-dock')
  })
})
