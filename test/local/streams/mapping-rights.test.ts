import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Template } from '../../../lib/synthesize.ts'
import { start } from '../../../local/start.ts'

const without = (action: string) => (template: Template) => {
  for (const { Type, Properties } of Object.values(template.Resources))
    if (Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::Role')
      Object.assign(
        Properties ?? {},
        JSON.parse(JSON.stringify(Properties).replaceAll(`"${action}"`, '"x:Nothing"')),
      )
}

test('a mapping whose function may not read its stream is refused by name', async () => {
  await assert.rejects(
    start({ alter: without('dynamodb:GetRecords') }),
    /\(AWS::Lambda::EventSourceMapping\): .*dynamodb:GetRecords/,
  )
})
