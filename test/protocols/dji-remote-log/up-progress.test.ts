import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProgress } from '../../../protocols/dji-remote-log/up.ts'
import { droppedOf, payload, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const envelope = { tid: 't-1', bid: 'b-1', timestamp: 1_710_000_000_100, method: 'fileupload_progress' }
const position = { current_step: 2, total_step: 3, progress: 40, status: 'file_zip', result: 0 }
const file = { module: '3', device_sn: dockSn, key: 'a/b.tar', size: 10, progress: position }

const read = (message: object) => readProgress(dockSn, payload(message))
const progress = (message: object) => understood(read({ ...envelope, ...message }))
const output = (fields: object) => progress({ data: { output: fields } })

describe('a progress report', () => {
  const places: [name: string, data: object][] = [
    ['data.output.ext.files', { output: { status: 'file_zip', ext: { files: [file] } } }],
    ['data.output.files', { output: { status: 'file_zip', files: [file] } }],
    ['data.ext.files', { status: 'file_zip', ext: { files: [file] } }],
    ['data.files', { status: 'file_zip', files: [file] }],
  ]
  for (const [name, data] of places) {
    it(`may carry its files at ${name}`, () => {
      assert.deepEqual(progress({ data }), {
        processId: 'b-1',
        archives: [
          {
            module: 'dock',
            deviceSn: dockSn,
            objectKey: 'a/b.tar',
            sizeBytes: 10,
            step: 'packing',
            stepNumber: 2,
            stepCount: 3,
            stepPercent: 40,
            result: 0,
          },
        ],
        gatewayContradicts: false,
      })
    })

    it(`without method is ours when it has ${name}`, () => {
      assert.equal(progress({ method: undefined, data }).archives.length, 1)
    })
  }

  it('may carry its status beside files that are a level up', () => {
    assert.equal(progress({ data: { status: 'ok', ext: { files: [file] } } }).end, 'uploaded')
  })

  it('keeps an invalid bid: without it, it would be taken for the end of the current upload', () => {
    const named = (bid: unknown) => progress({ bid, data: { output: { status: 'failed' } } }).processId
    assert.deepEqual([17, 0, false, {}, [1]].map(named), ['17', '0', 'false', '{…}', '[…]'])
    assert.equal(named('y'.repeat(5000))?.length, 128)
    assert.equal(named(' a\u0000b\ud800 '), 'a\uFFFDb\uFFFD')
  })

  it('without bid has no process id', () => {
    for (const bid of [undefined, null, '', ' \n'])
      assert.ok(!('processId' in progress({ bid, data: { output: { status: 'ok' } } })))
  })

  it('without tid, timestamp and gateway is understood', () => {
    assert.equal(
      understood(read({ method: envelope.method, data: { output: { status: 'ok' } } })).end,
      'uploaded',
    )
  })

  it('keeps the result code of the whole', () => {
    assert.equal(progress({ data: { result: 324_019, output: { status: 'failed' } } }).result, 324_019)
  })

  it('that has only the result code of a fault is understood, and is not an end by itself', () => {
    assert.deepEqual(progress({ data: { result: 324_019 } }), {
      processId: 'b-1',
      result: 324_019,
      archives: [],
      gatewayContradicts: false,
    })
  })

  it('of the general form speaks of the job as a whole', () => {
    const general = { status: 'in_progress', ext: {}, progress: { current_step: 41, percent: 50 } }
    assert.deepEqual(output(general).archives, [{ step: 'inProgress', stepNumber: 41, stepPercent: 50 }])
    assert.deepEqual(output({ ...general, status: 'ok' }).archives, [])
  })

  it('of another method is ignored', () => {
    assert.deepEqual(read({ ...envelope, method: 'flighttask_progress' }), { outcome: 'ignored' })
  })

  it('without method and files is ignored: any long-running command reports a status', () => {
    assert.deepEqual(read({ tid: 't-1', data: { result: 0, output: { status: 'failed' } } }), {
      outcome: 'ignored',
    })
  })

  it('whose gateway is not the one of the topic notes that', () => {
    const contradicts = (gateway: unknown) =>
      progress({ gateway, data: { output: { status: 'ok' } } }).gatewayContradicts
    assert.deepEqual([dockSn, '', null, undefined, 'another', 5].map(contradicts), [
      false,
      false,
      false,
      false,
      true,
      true,
    ])
  })
})

describe('what an invalid field beside it does not hide', () => {
  const dropped = (data: object) => droppedOf(read({ ...envelope, data }))

  it('is the code of a fault, where there is no file to report', () => {
    for (const files of [{}, null, '', []]) {
      const data = { result: 324_019, output: { status: 'failed', ext: { files } } }
      const { result, end, archives } = progress({ data })
      assert.deepEqual([result, end, archives], [324_019, 'failed', []])
      assert.deepEqual(dropped(data), [])
    }
  })

  it('is an end, even if the files are not a list', () => {
    for (const files of ['all', 5, true, { module: '3' }]) {
      const data = { output: { status: 'ok', ext: { files } } }
      assert.equal(progress({ data }).end, 'uploaded')
      assert.deepEqual(dropped(data), ['data.output.ext.files'])
    }
  })

  it('is read even if it is a level too high', () => {
    const output = { status: 'failed', ext: { files: [file] } }
    for (const data of [undefined, null, '', 'x', {}]) {
      const { end, archives, result } = progress({ data, output, result: 324_019 })
      assert.deepEqual([end, archives[0]?.objectKey, result], ['failed', 'a/b.tar', 324_019])
    }
    assert.deepEqual(progress({ data: { status: 'file_zip', progress: { percent: 7 } } }).archives, [
      { step: 'packing', stepPercent: 7 },
    ])
  })

  it('is listed by its position among the dropped values', () => {
    const odd = { ...file, size: -1, fingerprint: 'no', progress: { ...position, progress: 101 } }
    const message = {
      ...envelope,
      tid: 5,
      need_reply: 1,
      data: { result: 'x', output: { status: 'ok', ext: { files: [7, odd] } } },
    }
    const place = 'data.output.ext.files'
    assert.deepEqual(
      [...droppedOf(read(message))].sort(),
      [
        'tid',
        `${place}[0]`,
        `${place}[1].fingerprint`,
        `${place}[1].progress.progress`,
        `${place}[1].size`,
        'data.result',
      ].sort(),
    )
  })

  it('costs no more than a few files, no matter how many are in a message', () => {
    const files = Array(43_000).fill({})
    assert.equal(output({ status: 'file_zip', ext: { files } }).archives.length, 16)
    assert.ok(dropped({ output: { ext: { files: Array(43_000).fill(1) }, status: 'ok' } }).length <= 100)
  })
})

describe('an acknowledgement', () => {
  const wanted = (fields: object) => progress({ ...fields, data: { output: { status: 'ok' } } }).acknowledge

  it('is requested when need_reply is 1', () => {
    const acknowledgement = { requestId: 't-1', processId: 'b-1', method: 'fileupload_progress' }
    assert.deepEqual(wanted({ need_reply: 1 }), acknowledgement)
    assert.deepEqual(wanted({ need_reply: '1', method: envelope.method }), acknowledgement)
  })

  it('is not requested otherwise, and not possible without an id', () => {
    const refusals = [{ need_reply: 0 }, {}, { need_reply: null }, { need_reply: 1, tid: undefined }]
    assert.deepEqual(refusals.map(wanted), [undefined, undefined, undefined, undefined])
  })

  it('has no process id when the event has none', () => {
    assert.deepEqual(wanted({ need_reply: 1, bid: undefined }), {
      requestId: 't-1',
      method: 'fileupload_progress',
    })
  })
})

describe('a progress report that cannot be read', () => {
  const cases: [why: string, message: object, reason: string, path: string][] = [
    ['no data', {}, 'noData', 'data'],
    ['data that is no object', { data: [] }, 'noData', 'data'],
    ['neither files nor status', { data: { result: 0, output: {} } }, 'nothingReported', 'data.output'],
    ['an empty list as an object', { data: { files: {} } }, 'nothingReported', 'data.output'],
    ['a blank status', { data: { output: { status: '' } } }, 'nothingReported', 'data.output'],
    ['no file that is an object', { data: { files: [null, 1] } }, 'nothingReported', 'data.output'],
    [
      'files that are no list',
      { data: { output: { ext: { files: 'all' } } } },
      'filesNotAList',
      'data.output.ext.files',
    ],
  ]
  for (const [why, message, reason, path] of cases) {
    it(`has ${why}: ${reason}`, () => {
      assert.deepEqual(read({ ...envelope, ...message }), { outcome: 'notUnderstood', reason, path })
    })
  }
})
