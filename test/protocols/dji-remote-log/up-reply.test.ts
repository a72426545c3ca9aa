import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readReply } from '../../../protocols/dji-remote-log/up.ts'
import { payload, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const envelope = { tid: 't-1', bid: 'b-1', timestamp: 1_710_000_000_100, method: 'fileupload_list' }
const log = { boot_index: 321, start_time: 1_709_990_000_000, end_time: 1_709_993_600_000, size: 33_789 }
const dockFile = { device_sn: dockSn, module: '3', result: 0, list: [log] }

const reply = (message: object) => readReply(dockSn, payload(message))
const listOf = (...files: unknown[]) => understood(reply({ ...envelope, data: { result: 0, files } }))
const logsOf = (...list: unknown[]) => listOf({ ...dockFile, list }).modules[0]?.logs

describe('a reply', () => {
  it('of any result code is understood', () => {
    const refused = { ...envelope, method: 'fileupload_start', data: { result: 325_009 } }
    assert.deepEqual(understood(reply(refused)), { commandId: 't-1', result: 325_009, modules: [] })
  })

  it('without gateway, bid or timestamp is understood, as a Dock 3 sends it', () => {
    assert.equal(
      understood(reply({ tid: 't-1', method: 'fileupload_update', data: { result: 0 } })).result,
      0,
    )
  })

  it('without method, or with null for one, is recognized by its result', () => {
    assert.equal(understood(reply({ tid: 't-1', data: { result: 0 } })).commandId, 't-1')
    assert.equal(understood(reply({ tid: 't-1', method: null, data: { result: 0 } })).commandId, 't-1')
  })

  it('may give its result as a string', () => {
    assert.equal(understood(reply({ ...envelope, data: { result: '324015' } })).result, 324_015)
  })

  it('with a list but no result is a success', () => {
    assert.equal(understood(reply({ ...envelope, data: { files: [dockFile] } })).result, 0)
  })

  it('may carry its list under data.output', () => {
    const { modules } = understood(reply({ ...envelope, data: { result: 0, output: { files: [dockFile] } } }))
    assert.equal(modules[0]?.logs[0]?.bootIndex, 321)
  })

  it('may carry an empty list in one place and the full one in another', () => {
    const data = { result: 0, output: { files: [] }, files: [dockFile] }
    assert.equal(understood(reply({ ...envelope, data })).modules.length, 1)
  })

  it('may write an empty list as an object, or as nothing', () => {
    for (const list of [{}, null]) {
      const data = { result: 0, files: [{ ...dockFile, list }] }
      assert.deepEqual(understood(reply({ ...envelope, data })).modules[0]?.logs, [])
    }
  })

  it('to another method is ignored', () => {
    assert.deepEqual(reply({ ...envelope, method: 'flighttask_prepare' }), { outcome: 'ignored' })
    assert.deepEqual(reply({ ...envelope, method: 5 }), { outcome: 'ignored' })
  })

  it('without method and without our fields is ignored', () => {
    assert.deepEqual(reply({ tid: 't-1', data: { output: { status: 'ok' } } }), { outcome: 'ignored' })
    assert.deepEqual(reply({}), { outcome: 'ignored' })
  })
})

describe('a refusal', () => {
  const answer = (data: object, more: object = {}) => understood(reply({ ...envelope, ...more, data }))

  it('may stand in the status, beside a result code of success', () => {
    for (const status of ['rejected', 'failed', 'timeout', 'Refused', 'error', ' rejected\0'])
      for (const data of [{ output: { status } }, { status }, { output: { status }, files: 'x' }])
        assert.deepEqual(answer({ result: 0, ...data }), {
          commandId: 't-1',
          result: 0,
          refused: true,
          modules: [],
        })
  })

  it('keeps its code, where it has one', () => {
    const refused = answer({ result: 325_009, output: { status: 'rejected' } })
    assert.deepEqual(refused, { commandId: 't-1', result: 325_009, modules: [] })
  })

  it('is not one where the status accepts or is unknown', () => {
    for (const status of ['ok', 'in_progress', 'sent', 'canceled', 'whatever', 5, null])
      assert.ok(!('refused' in answer({ result: 0, output: { status } })))
  })

  it('or its opposite may be given by the status alone', () => {
    assert.equal(answer({ output: { status: 'rejected' } }).refused, true)
    assert.deepEqual(answer({ output: { status: 'ok' } }), { commandId: 't-1', result: 0, modules: [] })
  })

  it('is not hidden by invalid files', () => {
    for (const files of [{}, null, '', [], 'all', 5, { a: 1 }]) {
      assert.equal(answer({ result: 325_009, files }).result, 325_009)
      assert.equal(answer({ result: 0, files }, { method: 'fileupload_start' }).result, 0)
    }
    for (const files of [{}, null, '', []]) assert.deepEqual(answer({ result: 0, files }).modules, [])
  })

  it('may stand one level off', () => {
    assert.equal(answer({ output: { result: 325_009 } }).result, 325_009)
    for (const data of [undefined, null, 'x', {}])
      assert.equal(understood(reply({ ...envelope, data, result: '325009' })).result, 325_009)
  })
})

describe('a listed module', () => {
  it('may be given as a number', () => {
    assert.deepEqual(
      listOf({ ...dockFile, module: 0 }, { ...dockFile, module: 3 }).modules.map(({ module }) => module),
      ['aircraft', 'dock'],
    )
  })

  it('keeps its own result code, beside the success of the whole', () => {
    const [aircraft, dock] = listOf({ module: '0', result: 324_015 }, dockFile).modules
    assert.deepEqual([aircraft?.result, aircraft?.logs, dock?.result], [324_015, [], 0])
  })

  it('that lists nothing may say so with an object', () => {
    for (const list of [{}, null, '', []])
      assert.deepEqual(listOf({ ...dockFile, list }).modules[0]?.logs, [])
  })

  it('with a blank serial number is the dock of the topic; an aircraft stays without', () => {
    const [aircraft, dock] = listOf(
      { ...dockFile, module: '0', device_sn: '' },
      { ...dockFile, device_sn: '' },
    ).modules
    assert.equal(dock?.deviceSn, dockSn)
    assert.ok(aircraft && !('deviceSn' in aircraft))
  })

  it('that is neither aircraft nor dock is left out', () => {
    const files = [{ ...dockFile, module: '1' }, { ...dockFile, module: {} }, 'dock', null, [], dockFile]
    assert.deepEqual(
      listOf(...files).modules.map(({ module }) => module),
      ['dock'],
    )
  })
})

describe('a listed log', () => {
  it('has its times in milliseconds when the dock sends seconds', () => {
    assert.deepEqual(logsOf({ ...log, start_time: 1_709_990_000, end_time: 1_709_993_600 }), [
      { bootIndex: 321, startTime: 1_709_990_000_000, endTime: 1_709_993_600_000, sizeBytes: 33_789 },
    ])
  })

  it('distinguishes seconds from milliseconds at 10^12', () => {
    const [logged] = logsOf({ ...log, start_time: 200_000_000_000, end_time: 1_000_000_000_000 }) ?? []
    assert.deepEqual([logged?.startTime, logged?.endTime], [200_000_000_000_000, 1_000_000_000_000])
  })

  it('may misspell end_time as end_ime', () => {
    const { end_time, ...misspelt } = log
    assert.equal(logsOf({ ...misspelt, end_ime: end_time })?.[0]?.endTime, end_time)
  })

  it('may have its numbers as strings', () => {
    assert.deepEqual(
      logsOf({ boot_index: '321', start_time: '1709990000', end_time: '1709993600000', size: '33789' }),
      [{ bootIndex: 321, startTime: 1_709_990_000_000, endTime: 1_709_993_600_000, sizeBytes: 33_789 }],
    )
  })

  it('without times or size is still listed', () => {
    const bare = [{ bootIndex: 7, startTime: 0, endTime: 0, sizeBytes: 0 }]
    assert.deepEqual(logsOf({ boot_index: 7 }), bare)
    assert.deepEqual(logsOf({ boot_index: 7, start_time: 'today', end_time: 1e300, size: -1 }), bare)
  })

  it('without a usable boot index is left out, the others are kept', () => {
    const bad = [
      null,
      5,
      {},
      { ...log, boot_index: -1 },
      { ...log, boot_index: 1.5 },
      { ...log, boot_index: 2 ** 60 },
    ]
    assert.deepEqual(
      logsOf(...bad, log)?.map(({ bootIndex }) => bootIndex),
      [321],
    )
  })

  it('has times that are valid dates', () => {
    const [logged] = logsOf({ ...log, start_time: 8.64e15, end_time: 253_402_300_799_999 }) ?? []
    assert.equal(logged?.startTime, 0)
    assert.equal(new Date(logged?.endTime ?? 0).toISOString(), '9999-12-31T23:59:59.999Z')
  })
})

describe('a reply that cannot be read', () => {
  const cases: [why: string, bytes: Uint8Array, reason: string, path: string][] = [
    ['no bytes', Buffer.from(''), 'notJson', ''],
    ['no JSON', Buffer.from('{"tid":'), 'notJson', ''],
    ['a list', payload([]), 'notAnObject', ''],
    ['null', payload(null), 'notAnObject', ''],
    ['no data', payload(envelope), 'noData', 'data'],
    ['data that is no object', payload({ ...envelope, data: 'x' }), 'noData', 'data'],
    ['no tid', payload({ ...envelope, tid: undefined, data: { result: 0 } }), 'noCommandId', 'tid'],
    ['a blank tid', payload({ ...envelope, tid: '', data: { result: 0 } }), 'noCommandId', 'tid'],
    [
      'an endless tid',
      payload({ ...envelope, tid: 'x'.repeat(2000), data: { result: 0 } }),
      'noCommandId',
      'tid',
    ],
    ['neither result nor files', payload({ ...envelope, data: {} }), 'noResult', 'data.result'],
    ['half a result', payload({ ...envelope, data: { result: 0.5 } }), 'noResult', 'data.result'],
    [
      'files that are no list',
      payload({ ...envelope, data: { result: 0, files: 'x' } }),
      'filesNotAList',
      'data.files',
    ],
  ]
  for (const [why, bytes, reason, path] of cases) {
    it(`has ${why}: ${reason}`, () => {
      assert.deepEqual(readReply(dockSn, bytes), { outcome: 'notUnderstood', reason, path })
    })
  }
})
