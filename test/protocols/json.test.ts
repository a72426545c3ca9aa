import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../protocols/json.ts'

describe('a number where a text is expected', () => {
  const names = new Set(['version', 'fw_version'])
  const read = (text: string): unknown => parseJson(Buffer.from(text), names)

  it('is read exactly as written, no matter how deeply other fields are nested', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const message = read(`{"paras":{"version":1.10},"rest":${deep}}`)
    assert.equal(JSON.stringify(message, ['paras', 'version']), '{"paras":{"version":"1.10"}}')
  })

  it('is recognized by the name of its field, at any level, and never by the content of a text', () => {
    const name = fc.constantFrom('version', 'fw_version', 'versions', '"version', 'version":1', 'x')
    const text = fc.constantFrom('"version":1', '\\"version":1', '","version":1.10', 'version')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        text,
        fc.string(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1), (given, indent) => {
        const message = JSON.stringify(given, undefined, indent)
        const asTold = (...[field, inner, context]: [string, unknown, { source?: string }?]): unknown =>
          typeof inner === 'number' && names.has(field) ? context?.source : inner
        assert.deepEqual(read(message), JSON.parse(message, asTold))
      }),
    )
  })
})
