import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acknowledgeEvent } from '../../../protocols/dji-dock/down.ts'
import { readTraffic } from '../../../protocols/dji-dock/traffic.ts'
import { debugCommand } from '../../../protocols/dji-remote-debug/down.ts'
import { debugCommands } from '../../../protocols/dji-remote-debug/facts.ts'
import { methods } from '../../../protocols/dji-remote-debug/topics.ts'
import { readDebugReply, readPowerProgress } from '../../../protocols/dji-remote-debug/up.ts'
import { example, payload, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const head = { tid: 't-1', bid: 'b-1' }

const reply = (message: object) => readDebugReply(payload({ ...head, method: 'debug_mode_open', ...message }))
const progress = (message: object) =>
  readPowerProgress(dockSn, payload({ ...head, method: 'drone_open', ...message }))
const output = (fields: object) => progress({ data: { result: 0, output: fields } })

describe('the examples', () => {
  const id = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxx'
  const running = { processId: id, status: 'running', gatewayContradicts: false }

  it('are read as their page documents, although they name no method', () => {
    assert.deepEqual(understood(readPowerProgress('dock_sn', example('up-drone_open'))), running)
    assert.deepEqual(understood(readPowerProgress('dock_sn', example('up-drone_close'))), {
      ...running,
      percent: 20,
    })
  })

  it('are acknowledged as the vendor documents', () => {
    const { tid, bid, method, data } = JSON.parse(Buffer.from(example('down-drone_open')).toString())
    const answerTo = { requestId: tid, processId: bid, method }
    const sent = JSON.parse(acknowledgeEvent({ sn: dockSn, answerTo, sentAt: 1 }).payload)
    assert.deepEqual(sent, { tid, bid, method, data, timestamp: 1 })
  })
})

describe('a command', () => {
  for (const command of debugCommands)
    it(`to ${command} goes to the dock without parameters`, () => {
      const ids = { dockSn, commandId: 'c-1', processId: 'p-1', sentAt: 5 }
      const { topic, payload: sent } = debugCommand(ids, command)
      assert.equal(topic, `thing/product/${dockSn}/services`)
      assert.deepEqual(JSON.parse(sent), {
        tid: 'c-1',
        bid: 'p-1',
        timestamp: 5,
        method: methods[command],
        data: null,
      })
    })
})

describe('a reply', () => {
  it('says which command it answers, and whether it was done', () => {
    assert.deepEqual(understood(reply({ data: { result: 0, output: { status: 'ok' } } })), {
      command: 'open',
      commandId: 't-1',
      processId: 'b-1',
      result: 0,
      isDone: true,
    })
    assert.equal(understood(reply({ data: { result: 0, output: { status: 'sent' } } })).isDone, false)
    assert.equal(understood(reply({ method: 'drone_close', data: { result: 0 } })).command, 'sleep')
  })

  it('is a refusal by its code, whatever its status says', () => {
    const { result, isDone } = understood(reply({ data: { result: 514_148, output: { status: 'ok' } } }))
    assert.deepEqual([result, isDone], [514_148, false])
  })

  for (const status of ['failed', 'rejected', 'timeout', 'canceled', 'Rejected'])
    it(`is a refusal by the word ${status}`, () =>
      assert.equal(understood(reply({ data: { result: 0, output: { status } } })).refused, true))

  it('without a method is one if it has an id and a result', () => {
    const fact = understood(reply({ method: undefined, data: { result: 0 } }))
    assert.deepEqual(fact, { commandId: 't-1', processId: 'b-1', result: 0, isDone: false })
    for (const other of [{ data: { files: [] } }, { tid: ' ', data: { result: 0 } }, {}])
      assert.equal(reply({ method: ' ', ...other }).outcome, 'ignored')
  })

  it('of another command is not one', () =>
    assert.equal(reply({ method: 'cover_open', data: { result: 0 } }).outcome, 'ignored'))

  it('says why it cannot be used', () => {
    const reasons = [
      [readDebugReply(Buffer.from('{"a"')), 'notJson', ''],
      [readDebugReply(payload([])), 'notAnObject', ''],
      [reply({ data: null }), 'noData', 'data'],
      [reply({ tid: 5, data: { result: 0 } }), 'noCommandId', 'tid'],
      [reply({ data: { result: 'yes' } }), 'noResult', 'data.result'],
    ] as const
    for (const [read, reason, path] of reasons)
      assert.deepEqual(read, { outcome: 'notUnderstood', reason, path })
  })
})

describe('progress of power', () => {
  const ends = {
    ok: 'done',
    failed: 'failed',
    canceled: 'canceled',
    rejected: 'rejected',
    timeout: 'timedOut',
  }
  for (const [status, end] of Object.entries(ends))
    it(`has ended with ${status}`, () => assert.equal(understood(output({ status })).end, end))

  it('continues with an unknown status', () =>
    assert.equal(understood(output({ status: 'yawning' })).status, 'unknown'))

  it('has the code of a fault, which may be all it has', () => {
    assert.equal(understood(progress({ data: { result: 514_109 } })).result, 514_109)
    assert.equal(output({ progress: { percent: 5 } }).outcome, 'notUnderstood')
  })

  it('asks to be acknowledged', () =>
    assert.deepEqual(
      understood(progress({ need_reply: 1, data: { output: { status: 'ok' } } })).acknowledge,
      { requestId: 't-1', processId: 'b-1', method: 'drone_open' },
    ))

  it('without a method is distinguished from other work', () => {
    const read = (message: object) => readPowerProgress(dockSn, payload({ ...head, ...message })).outcome
    const status = 'in_progress'
    assert.equal(read({ data: { output: { status } } }), 'understood')
    assert.equal(read({ data: { output: { status, ext: { files: [] } } } }), 'ignored')
    assert.equal(read({ bid: null, data: { output: { status } } }), 'ignored')
    assert.equal(read({ data: { list: [] } }), 'ignored')
    assert.equal(read({ method: 'hms', data: { output: { status } } }), 'ignored')
  })

  it('takes its dock from the topic', () => {
    const { gatewayContradicts } = understood(progress({ gateway: 'OTHER', data: { result: 514_109 } }))
    assert.equal(gatewayContradicts, true)
  })
})

describe('a relay', () => {
  it('lets what is said of debug mode through', () => {
    const kind = (channel: string, method: string) =>
      readTraffic(`thing/product/${dockSn}/${channel}`, payload({ ...head, method, data: { result: 0 } }))
        ?.kind
    for (const method of Object.values(methods)) assert.equal(kind('services_reply', method), 'debug')
    for (const method of ['drone_open', 'drone_close']) assert.equal(kind('events', method), 'debug')
    assert.equal(kind('events', 'cover_open'), 'other')
    const bare = readTraffic(`thing/product/${dockSn}/events`, example('up-drone_open'))
    assert.equal(bare?.kind, 'debug')
  })
})
