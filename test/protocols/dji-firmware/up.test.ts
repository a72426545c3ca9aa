import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readOfferReply, readUpgradeProgress } from '../../../protocols/dji-firmware/up.ts'
import { beside } from '../spoilt.ts'
import { droppedOf, payload, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const head = { tid: 't-1', bid: 'b-1' }

const reply = (message: object) => readOfferReply(payload({ ...head, method: 'ota_create', ...message }))
const progress = (message: object) =>
  readUpgradeProgress(dockSn, payload({ ...head, method: 'ota_progress', ...message }))
const output = (fields: object) => progress({ data: { result: 0, output: fields } })

describe('a reply to an offer', () => {
  it('is a refusal by its code, whatever its status says', () => {
    const { result } = understood(reply({ data: { result: 312_014, output: { status: 'ok' } } }))
    assert.equal(result, 312_014)
  })

  for (const status of ['failed', 'rejected', 'timeout', 'canceled', 'Rejected'])
    it(`is a refusal by the word ${status}`, () => {
      const fact = understood(reply({ data: { result: 0, output: { status } } }))
      assert.deepEqual(fact, { commandId: 't-1', processId: 'b-1', result: 0, refused: true })
    })

  it('is accepted by its status alone', () => {
    assert.deepEqual(understood(reply({ data: { output: { status: 'sent' } } })), {
      commandId: 't-1',
      processId: 'b-1',
      result: 0,
    })
  })

  it('has its code as text, or beside its status', () => {
    assert.equal(understood(reply({ data: { result: ' 312015 ' } })).result, 312_015)
    assert.equal(
      understood(reply({ data: { output: { result: 312_015, status: 'failed' } } })).result,
      312_015,
    )
  })

  it('without a method is one if it has a result', () => {
    const fact = understood(reply({ method: undefined, data: { result: 0 } }))
    assert.deepEqual(fact, { commandId: 't-1', processId: 'b-1', result: 0 })
    assert.equal(reply({ method: ' ', data: { files: [] } }).outcome, 'ignored')
    assert.equal(reply({ method: undefined }).outcome, 'ignored')
  })

  it('of another command is not one', () => {
    assert.equal(reply({ method: 'fileupload_start', data: { result: 0 } }).outcome, 'ignored')
  })

  it('says why it cannot be used', () => {
    const reasons = [
      [readOfferReply(Buffer.from('{"a"')), 'notJson', ''],
      [readOfferReply(payload([])), 'notAnObject', ''],
      [reply({ data: [] }), 'noData', 'data'],
      [reply({ tid: 5, data: { result: 0 } }), 'noCommandId', 'tid'],
      [reply({ data: { result: 'yes' } }), 'noResult', 'data.result'],
    ] as const
    for (const [read, reason, path] of reasons)
      assert.deepEqual(read, { outcome: 'notUnderstood', reason, path })
  })
})

describe('progress of an upgrade', () => {
  const ends = {
    ok: 'done',
    failed: 'failed',
    canceled: 'canceled',
    rejected: 'rejected',
    timeout: 'timedOut',
  }
  for (const [status, end] of Object.entries(ends))
    it(`has ended with ${status}`, () => assert.equal(understood(output({ status })).end, end))

  const underWay = {
    sent: 'sent',
    in_progress: 'running',
    paused: 'paused',
    resting: 'unknown',
    OK: 'unknown',
  }
  for (const [status, word] of Object.entries(underWay))
    it(`has not ended with ${status}`, () => {
      const fact = understood(output({ status }))
      assert.deepEqual([fact.status, fact.end], [word, undefined])
    })

  it('gives its stage in old names, new names and numbers', () => {
    const stages = [
      { current_step: 'download_firmware' },
      { step_key: 'download_firmware' },
      { current_step: 1 },
      { step_key: '', current_step: ' download_firmware ' },
    ].map((step) => understood(output({ status: 'in_progress', progress: { percent: 3, ...step } })))
    for (const { stage, percent } of stages) assert.deepEqual([stage, percent], ['downloading', 3])
    const { stage } = understood(output({ progress: { current_step: '2' } }))
    assert.equal(stage, 'installing')
  })

  it('drops a step and a percentage that are invalid', () => {
    const read = output({ status: 'in_progress', progress: { percent: 101, step_key: 'unpack' } })
    assert.deepEqual(droppedOf(read), ['data.output.progress.step_key', 'data.output.progress.percent'])
    assert.equal(understood(output({ status: 'in_progress', progress: { percent: 99.6 } })).percent, 99)
  })

  it('has a fault by its code, of the whole or of a step', () => {
    const faults = [
      { data: { result: 312_017, output: { status: 'failed' } } },
      { data: { result: 0, output: { status: 'failed', progress: { step_result: 312_017 } } } },
      { data: { output: { status: 'failed', result: 312_017 } } },
      { data: { result: 312_017 } },
    ]
    for (const message of faults) assert.equal(understood(progress(message)).result, 312_017)
    assert.equal(understood(output({ status: 'ok' })).result, undefined)
  })

  it('without a method is recognized by its step', () => {
    const unnamed = (step: object) =>
      progress({ method: undefined, data: { output: { status: 'in_progress', progress: step } } })
    assert.equal(unnamed({ step_key: 'upgrade_firmware' }).outcome, 'understood')
    assert.equal(unnamed({ current_step: 'download_firmware' }).outcome, 'understood')
    // A flight counts its steps as well.
    assert.equal(unnamed({ current_step: 2, percent: 5 }).outcome, 'ignored')
  })

  it('asks for an answer only if it has an id to answer to', () => {
    const data = { output: { status: 'ok' } }
    assert.deepEqual(understood(progress({ need_reply: 1, data })).acknowledge, {
      requestId: 't-1',
      processId: 'b-1',
      method: 'ota_progress',
    })
    assert.equal(understood(progress({ need_reply: 0, data })).acknowledge, undefined)
    assert.equal(understood(progress({ need_reply: 1, tid: '', data })).acknowledge, undefined)
  })

  it('notes a gateway that is not that of its topic', () => {
    const data = { output: { status: 'ok' } }
    for (const [gateway, contradicts] of [
      [dockSn, false],
      ['', false],
      ['other', true],
    ] as const)
      assert.equal(understood(progress({ gateway, data })).gatewayContradicts, contradicts)
  })

  it('says why it cannot be used', () => {
    assert.deepEqual(progress({}), { outcome: 'notUnderstood', reason: 'noData', path: 'data' })
    assert.deepEqual(output({}), { outcome: 'notUnderstood', reason: 'nothingReported', path: 'data.output' })
    assert.equal(progress({ method: 'flighttask_progress', data: {} }).outcome, 'ignored')
  })

  it('ends as its status says, whatever else it contains', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.entries(ends)),
        beside('timestamp gateway need_reply odd'),
        beside('percent current_step step_key step_result odd'),
        beside('ext result odd'),
        ([status, end], more, progress, rest) => {
          const data = { result: 0, output: { ...rest, progress, status } }
          const message = payload({ ...more, ...head, method: 'ota_progress', data })
          const fact = understood(readUpgradeProgress(dockSn, message))
          assert.deepEqual([fact.processId, fact.end], ['b-1', end])
        },
      ),
    )
  })
})
