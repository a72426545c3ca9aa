import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { env } from '../../lambdas/runtime/env.ts'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { at, backend, everything } from './backend.ts'

const names = functionFiles.map((file) => file.split('/').at(-1) ?? '')

suite('Every function', () => {
  const { source, ofType, fn } = backend(everything)
  const functions = ofType('AWS::Lambda::Function')

  test('is started by a trigger, and there are no others, for example of custom resources', () => {
    assert.deepEqual(
      functions.map(({ logicalId }) => logicalId).sort(),
      names.map((name) => fn(name).logicalId).sort(),
    )
  })

  test('runs on Node 24 and arm64, with an explicit memory size and timeout', () => {
    for (const { logicalId, properties } of functions) {
      assert.equal(properties.Runtime, 'nodejs24.x')
      assert.deepEqual(properties.Architectures, ['arm64'])
      assert.equal(properties.MemorySize, 512)
      // IoT Core waits five seconds for an answer.
      assert.ok(Number(properties.Timeout) >= (logicalId.includes('authorizedock') ? 5 : 10))
    }
  })

  test('answers before API Gateway gives up, if a route starts it', () => {
    for (const file of functionFiles.filter((name) => name.startsWith('api/')))
      assert.ok(Number(fn(file.replace('api/', '')).properties.Timeout) < 30)
  })

  test('has a role of its own without managed policies', () => {
    const roles = names.map((name) => fn(name).role)
    assert.equal(new Set(roles.map(({ arn }) => arn)).size, names.length)
    for (const { managed } of roles) assert.deepEqual(managed, [])
  })

  test('writes JSON to a log group of its own with a retention of 30 days', () => {
    const groups = functions.map(({ logicalId }) => {
      const properties = source.Resources[logicalId]?.Properties
      assert.equal(at(properties, 'LoggingConfig', 'LogFormat'), 'JSON')
      assert.equal(at(properties, 'LoggingConfig', 'SystemLogLevel'), 'WARN')
      return String(at(properties, 'LoggingConfig', 'LogGroup', 'Ref'))
    })
    assert.equal(new Set(groups).size, functions.length)
    for (const group of groups) assert.equal(source.Resources[group]?.Properties?.RetentionInDays, 30)
  })
})

test('Logs are kept as long as logDays says, those of requests too', () => {
  const { source } = backend({ ...everything, logDays: '7' })
  const groups = Object.values(source.Resources).filter(({ Type }) => Type === 'AWS::Logs::LogGroup')
  assert.equal(groups.length, names.length + 1)
  for (const { Properties } of groups) assert.equal(Properties?.RetentionInDays, 7)
})

test('Deployed functions send no webhooks to loopback addresses', () => {
  assert.ok(!JSON.stringify(backend(everything).source).includes(env.webhookLoopback))
})
