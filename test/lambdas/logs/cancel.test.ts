import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId } from '../../../lambdas/runtime/new-id.ts'
import { wireApi } from '../../support/api.ts'
import { failOnce } from '../../support/failing-table.ts'
import { openTable } from '../../support/table.ts'
import {
  answered,
  ended,
  jobEnded,
  minutes,
  opened,
  registersOf,
  seconds,
} from '../../support/upload-facts.ts'

describe('cancelling an upload', () => {
  const world = openTable()
  let docks = 0

  const setUp = async (modules: ('aircraft' | 'dock')[] = ['aircraft', 'dock'], table = world.table) => {
    const api = wireApi(table)
    docks += 1
    const dockSn = `DOCK${docks}`
    const dock = await api.listedDock(dockSn)
    const id = newId(opened)
    const times = { now: opened, answerBy: opened + seconds(15), deadlineAt: opened + minutes(65) }
    await api.open(
      dock,
      {
        id,
        commandId: newId(opened),
        ...times,
        requestedBy: 'ann',
        selections: modules.map((module) => ({ module, bootIndexes: [1] })),
      },
      undefined,
    )
    await api.hot.record(dockSn, id, registersOf(answered(seconds(1))))
    api.clock.now = opened + seconds(10)
    const params = { dockSn, id }
    const cancel = (body?: unknown, claims = {}) => api.call('cancelUpload', { params, body, ...claims })
    const registers = async () => (await api.uploads.get(dockSn, id))?.hot.registers
    const history = async () =>
      (await api.history.shown(dockSn, id)).entries.map(({ by, action }) => `${by} ${action}`)
    return { api, dockSn, id, cancel, registers, history }
  }
  const modulesSent = (payload = '{}') => JSON.parse(payload).data.module_list

  it('asks the dock to stop all of it, and shows that it was asked', async () => {
    const { api, dockSn, cancel, history } = await setUp()
    const answer = await cancel()
    assert.equal(answer.status, 202)
    assert.match(answer.text, /"state":"accepted".*"cancelRequestedAt":"2027-01-15T08:00:10.000Z"/)
    const [command] = api.sent
    assert.equal(command?.topic, `thing/product/${dockSn}/services`)
    assert.equal(command?.expiresInSeconds, 15)
    assert.deepEqual(modulesSent(command?.payload), ['0', '3'])
    assert.deepEqual(await history(), ['ann start', 'machine-1 cancel'])
  })

  it('may be repeated', async () => {
    const { api, cancel, registers } = await setUp()
    await cancel()
    api.clock.now += 1000
    assert.equal((await cancel({})).status, 202)
    assert.equal(api.sent.length, 2)
    assert.equal((await registers())?.cancel?.at, opened + seconds(10), 'the first request counts')
  })

  it('of one of two archives stops that one only', async () => {
    const { api, cancel, registers, history } = await setUp()
    assert.equal((await cancel({ modules: ['aircraft'] })).status, 202)
    assert.deepEqual(modulesSent(api.sent[0]?.payload), ['0'])
    assert.equal((await registers())?.cancel, undefined)
    assert.deepEqual((await history()).at(-1), 'machine-1 cancel aircraft')
  })

  it('names each module once', async () => {
    const { api, cancel } = await setUp()
    await cancel({ modules: ['dock', 'dock'] })
    assert.deepEqual(modulesSent(api.sent[0]?.payload), ['3'])
  })

  it('is refused for an archive that the upload does not have', async () => {
    const { api, cancel } = await setUp(['dock'])
    const answer = await cancel({ modules: ['dock', 'aircraft'] })
    assert.deepEqual(
      [answer.status, answer.problem.errors?.map(({ path }) => path), api.sent],
      [422, ['modules[1]'], []],
    )
  })

  for (const [name, facts, at] of [
    ['an end of all archives', jobEnded(seconds(5), 'failed'), seconds(10)],
    ['an upload that only waits for proof', jobEnded(seconds(5), 'uploaded'), seconds(10)],
    ['its deadline, though nobody looked since', {}, minutes(65)],
  ] as const)
    it(`is a 409 after ${name}`, async () => {
      const { api, dockSn, id, cancel } = await setUp()
      await api.hot.record(dockSn, id, facts)
      api.clock.now = opened + at
      const answer = await cancel()
      assert.deepEqual(
        [answer.status, answer.problem.name, answer.problem.href, api.sent],
        [409, 'upload-ended', `/v1/docks/${dockSn}/log-uploads/${id}`, []],
      )
    })

  it('is possible while one of two archives is open', async () => {
    const { api, dockSn, id, cancel } = await setUp()
    await api.hot.record(dockSn, id, registersOf(ended(seconds(5), 'aircraft', 'failed')))
    assert.equal((await cancel()).status, 202)
  })

  it('is a 503 that changes nothing when the broker refuses the command', async () => {
    const { api, cancel, registers, history } = await setUp()
    api.broken.add('broker')
    const answer = await cancel()
    assert.deepEqual([answer.status, answer.problem.name], [503, 'command-not-sent'])
    assert.doesNotMatch(answer.text, /internal text/)
    assert.deepEqual([(await registers())?.cancel, await history()], [undefined, ['ann start']])
  })

  it('succeeds once the command was sent, even if its history entry cannot be written', async () => {
    const { api, cancel, registers } = await setUp(undefined, failOnce(world.table, /"action":"cancel"/))
    assert.equal((await cancel()).status, 202)
    assert.equal(api.sent.length, 1)
    assert.equal((await registers())?.cancel?.at, opened + seconds(10))
  })

  it('is a 404 for an upload or dock that does not exist or is in another fleet', async () => {
    const { api, cancel, dockSn, id } = await setUp()
    const south = { claims: { sub: 'south', scope: 'groundcrew/operate@south' } }
    assert.equal((await cancel({}, south)).problem.name, 'unknown-dock')
    const other = await api.call('cancelUpload', { params: { dockSn, id: newId(opened) } })
    assert.equal(other.problem.name, 'not-found')
    await api.listedDock('ELSEWHERE')
    const elsewhere = await api.call('cancelUpload', { params: { dockSn: 'ELSEWHERE', id } })
    assert.deepEqual([elsewhere.status, elsewhere.problem.name], [404, 'not-found'])
  })
})
