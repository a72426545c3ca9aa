import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProgress } from '../../../protocols/dji-remote-log/up.ts'
import { payload, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const envelope = { tid: 't-1', bid: 'b-1', timestamp: 1_710_000_000_100, method: 'fileupload_progress' }
const position = { current_step: 2, total_step: 3, progress: 40, status: 'file_zip', result: 0 }
const file = { module: '3', device_sn: dockSn, key: 'a/b.tar', size: 10, progress: position }

const read = (message: object) => readProgress(dockSn, payload(message))
const progress = (message: object) => understood(read({ ...envelope, ...message }))
const output = (fields: object) => progress({ data: { output: fields } })
const ofFile = (fields: object) => output({ ext: { files: [{ ...file, ...fields }] } }).archives[0]
const ofPosition = (fields: object) => ofFile({ progress: { ...position, ...fields } })

describe('a status', () => {
  const steps = {
    sent: 'sent',
    file_pull: 'pulling',
    file_zip: 'packing',
    file_uploading: 'uploading',
    in_progress: 'inProgress',
    paused: 'paused',
  }
  const ends = {
    ok: 'uploaded',
    canceled: 'canceled',
    failed: 'failed',
    rejected: 'rejected',
    timeout: 'failed',
    partially_done: 'failed',
  }
  for (const [status, step] of Object.entries(steps)) {
    it(`${status} is the step ${step}, and no end`, () => {
      const archive = ofPosition({ status })
      assert.deepEqual([archive?.step, archive?.end], [step, undefined])
      assert.equal(output({ status }).end, undefined)
    })
  }
  for (const [status, end] of Object.entries(ends)) {
    it(`${status} is the end ${end}, of an archive and of the job`, () => {
      const archive = ofPosition({ status })
      assert.deepEqual([archive?.step, archive?.end], [undefined, end])
      assert.equal(output({ status }).end, end)
    })
  }

  it('that is unknown is not an end', () => {
    for (const status of ['file_verifying', 'OK', 'constructor', '__proto__', 7, {}, ['ok']]) {
      assert.equal(ofPosition({ status })?.step, 'unknown')
      assert.deepEqual(output({ status }), {
        processId: 'b-1',
        archives: [{ step: 'unknown' }],
        gatewayContradicts: false,
      })
    }
  })

  it('that an archive lacks is that of the job, but never its end', () => {
    const archiveOf = (status?: string) =>
      output({ status, ext: { files: [{ ...file, progress: { progress: 40 } }] } }).archives[0]
    assert.equal(archiveOf('file_uploading')?.step, 'uploading')
    assert.equal(archiveOf('ok')?.step, 'unknown')
    assert.equal(archiveOf()?.step, 'unknown')
  })

  it('of an archive counts beside another one of the job', () => {
    const report = output({
      status: 'file_uploading',
      ext: { files: [{ ...file, progress: { status: 'ok' } }] },
    })
    assert.deepEqual([report.end, report.archives[0]?.end], [undefined, 'uploaded'])
  })
})

describe('an archive in a progress report', () => {
  it('may have its module as a number, or none', () => {
    assert.equal(ofFile({ module: 0 })?.module, 'aircraft')
    assert.equal(ofFile({ module: 3 })?.module, 'dock')
    assert.ok(!('module' in (ofFile({ module: 'drone' }) ?? {})))
  })

  it('with a blank serial number is the dock of the topic; an aircraft stays without', () => {
    assert.equal(ofFile({ device_sn: '' })?.deviceSn, dockSn)
    assert.equal(ofFile({ device_sn: '', module: '0' })?.deviceSn, undefined)
  })

  it('may spell its percentage progress, prgress or percent, up or down a level', () => {
    assert.equal(ofFile({ progress: { prgress: 41 } })?.stepPercent, 41)
    assert.equal(ofFile({ progress: { percent: 42 } })?.stepPercent, 42)
    assert.equal(ofFile({ progress: 43, status: 'file_zip' })?.stepPercent, 43)
    assert.equal(ofFile({ progress: 43, status: 'file_zip' })?.step, 'packing')
  })

  it('may lack total_step', () => {
    const archive = ofPosition({ total_step: undefined })
    assert.deepEqual([archive?.stepNumber, archive?.stepCount], [2, undefined])
  })

  it('has no step count if its step is greater', () => {
    const archive = ofPosition({ current_step: 4 })
    assert.deepEqual([archive?.stepNumber, archive?.stepCount], [4, undefined])
  })

  it('may have its numbers as strings', () => {
    const archive = ofFile({
      size: '155232',
      progress: {
        current_step: '19',
        total_step: '30',
        progress: '100',
        upload_rate: '5',
        result: '0',
        finish_time: '1655781395',
      },
    })
    assert.deepEqual(archive, {
      module: 'dock',
      deviceSn: dockSn,
      objectKey: 'a/b.tar',
      sizeBytes: 155_232,
      step: 'unknown',
      stepNumber: 19,
      stepCount: 30,
      stepPercent: 100,
      uploadRate: 5,
      result: 0,
      finishedAt: 1_655_781_395_000,
    })
  })

  it('has a percentage rounded down', () => {
    assert.equal(ofPosition({ progress: 99.6 })?.stepPercent, 99)
  })

  it('has no finish time before it is finished', () => {
    assert.ok(!('finishedAt' in (ofPosition({ finish_time: 0 }) ?? {})))
  })

  it('has no size where the dock reports zero, both in progress and at the end', () => {
    for (const status of ['ok', 'failed', 'file_uploading'])
      assert.ok(!('sizeBytes' in (ofFile({ size: 0, progress: { ...position, status } }) ?? {})))
  })

  it('may have blanks and NUL around its texts', () => {
    const padded = ofFile({ key: 'a/b.tar\0', module: ' 3\n', progress: { ...position, status: 'ok\0' } })
    assert.deepEqual([padded?.objectKey, padded?.module, padded?.end], ['a/b.tar', 'dock', 'uploaded'])
  })

  it('may have status and result beside its position', () => {
    const beside = ofFile({ status: 'failed', result: 324_019, progress: { progress: 40 } })
    assert.deepEqual([beside?.end, beside?.result, beside?.stepPercent], ['failed', 324_019, 40])
  })

  it('loses an invalid field and nothing else', () => {
    const archive = ofFile({
      size: -1,
      device_sn: ['x'],
      fingerprint: 'f'.repeat(100_000),
      progress: {
        current_step: 0,
        total_step: 1e9,
        progress: 101,
        upload_rate: 1e300,
        finish_time: -5,
        result: 'x',
        status: 'file_zip',
      },
    })
    assert.deepEqual(archive, { module: 'dock', deviceSn: dockSn, objectKey: 'a/b.tar', step: 'packing' })
  })

  it('keeps an invalid object key: without it, the report would be taken for one of ours', () => {
    assert.equal(ofFile({ key: `x/${'y'.repeat(5000)}` })?.objectKey?.length, 1024)
    assert.equal(ofFile({ key: 'a\u0000b\ud800' })?.objectKey, 'a\uFFFDb\uFFFD')
    const odd = [5, true, {}, ['a/b.tar']].map((key) => ofFile({ key })?.objectKey)
    assert.deepEqual(odd, ['5', 'true', '{…}', '[…]'])
  })

  it('without an object key has none', () => {
    for (const key of ['', ' ', null, undefined]) assert.ok(!('objectKey' in (ofFile({ key }) ?? {})))
  })

  it('that is not an object is left out', () => {
    assert.equal(output({ ext: { files: [null, 'x', [], file] } }).archives.length, 1)
  })
})
