import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readReply } from '../../../protocols/dji-remote-log/up.ts'
import { understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'

describe('the bytes of a message', () => {
  const text = JSON.stringify({ tid: 't-1', bid: 'b-1', method: 'fileupload_list', data: { result: 0 } })
  const replyOf = (bytes: string | Uint8Array) => readReply(dockSn, Buffer.from(bytes))

  it('may start with a byte order mark', () => {
    assert.equal(understood(replyOf(`\uFEFF${text}`)).commandId, 't-1')
  })

  it('may end with NUL bytes, and with what firmware left in its buffer behind one', () => {
    for (const end of ['\0', '\0\0\0', '\n\0', '\0"}}'])
      assert.equal(understood(replyOf(text + end)).commandId, 't-1')
  })

  it('may have blanks, line ends and NUL around what it says', () => {
    const padded = text.replace('t-1', ' t-1\\u0000').replace('fileupload_list', 'fileupload_list\\n')
    assert.equal(understood(replyOf(padded.replace('"result":0', '"result":" 7\\r\\n"'))).result, 7)
  })

  it('may be malformed UTF-8 in a field that does not matter', () => {
    const [before = '', after = ''] = text.split('b-1')
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(after)])
    assert.equal(understood(replyOf(bytes)).commandId, 't-1')
  })

  it('may name a field twice; the last counts', () => {
    assert.equal(understood(replyOf('{"tid":"a","tid":"b","data":{"result":1,"result":2}}')).result, 2)
  })

  it('may have fields that are names of JavaScript', () => {
    const odd =
      '{"__proto__":{"tid":"x"},"constructor":1,"tid":"t-1","data":{"__proto__":{"result":5},"result":0}}'
    assert.deepEqual(understood(replyOf(odd)), { commandId: 't-1', result: 0, modules: [] })
    assert.equal(
      replyOf('{"method":"fileupload_start","__proto__":{"tid":"x"},"data":{"result":0}}').outcome,
      'notUnderstood',
    )
  })

  it('may nest to any depth', () => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000)
    assert.equal(replyOf(deep).outcome, 'notUnderstood')
    assert.equal(understood(replyOf(`{"tid":"t-1","data":{"result":0,"files":[${deep}]}}`)).result, 0)
  })

  it('may contain infinite numbers', () => {
    const huge = `{"tid":"t-1","data":{"result":1e999,"files":[{"module":"3","result":${'9'.repeat(400)}}]}}`
    assert.deepEqual(understood(replyOf(huge)).modules[0]?.result, 0)
  })

  it('may contain a negative zero, which is zero', () => {
    assert.equal(understood(replyOf('{"tid":"t-1","data":{"result":-0}}')).result, 0)
  })

  it('may contain lone surrogates and control characters, which are not an id', () => {
    assert.equal(replyOf('{"tid":"\\ud800","data":{"result":0}}').outcome, 'notUnderstood')
    assert.equal(replyOf('{"tid":"a\\u0000b","data":{"result":0}}').outcome, 'notUnderstood')
  })
})
