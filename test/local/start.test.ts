import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import type { Template } from '../../lib/synthesize.ts'
import { createClock } from '../../local/clock.ts'
import { start } from '../../local/start.ts'
import { startDock } from '../../simulator/dock/dock.ts'
import { startLocal } from '../support/local-run.ts'

const dockSn = '7CTDM0000000001'
const aircraftSn = '1581F0000000001'
const dockPath = `/v1/docks/${dockSn}`

const Logs = z.object({
  modules: z.array(z.object({ module: z.string(), logs: z.array(z.object({ bootIndex: z.number() })) })),
})
const Upload = z.object({ id: z.string(), state: z.string() })
const Command = z.looseObject({ tid: z.string(), bid: z.string(), method: z.string() })

type Local = Awaited<ReturnType<typeof startLocal>>

/** The statements of the roles' policies that belong to a function, by a part of its name. */
const removeGrant = (template: Template, functionName: string, action: string): void => {
  const Policy = z.looseObject({
    PolicyDocument: z.looseObject({ Statement: z.array(z.looseObject({ Action: z.unknown() })) }),
  })
  let removed = 0
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::IAM::Policy' || !id.includes(functionName) || !Properties) continue
    const { PolicyDocument } = Policy.parse(Properties)
    const kept = PolicyDocument.Statement.filter(
      (statement) => !JSON.stringify(statement.Action).includes(action),
    )
    removed += PolicyDocument.Statement.length - kept.length
    Properties.PolicyDocument = { ...PolicyDocument, Statement: kept }
  }
  assert(removed > 0, `no policy of ${functionName} has ${action}`)
}

/** Asks for a listing and answers it by hand, as a dock whose only log is boot 7. */
const answerListing = async (local: Local, device: Awaited<ReturnType<Local['device']>>) => {
  const services = `thing/product/${dockSn}/services`
  const [{ payload }] = await Promise.all([
    device.next(services),
    local.must('POST', `${dockPath}/log-listings`, { modules: ['dock'] }),
  ])
  const { tid, bid, method } = Command.parse(payload)
  const list = [{ boot_index: 7, start_time: 1_700_000_000, end_time: 1_700_003_600, size: 1000 }]
  const files = [{ module: '3', device_sn: dockSn, result: 0, list }]
  const reply = {
    tid,
    bid,
    method,
    timestamp: Date.now(),
    gateway: dockSn,
    data: { result: 0, output: {}, files },
  }
  await device.publish(`thing/product/${dockSn}/services_reply`, reply)
}

test('an upload goes the whole way: command, lent credentials, archive, storage event, verification', async (t) => {
  const local = await startLocal(t)
  await local.must('PUT', dockPath, { aircraftSn })
  const dock = await startDock({ mqttUrl: local.mqttUrl, dockSn, aircraftSn, pace: 'instant' })
  t.after(() => dock.close())

  const listed = once(dock.events, 'command')
  await local.must('POST', `${dockPath}/log-listings`, {})
  await listed
  await local.idle()
  const { modules } = Logs.parse(await local.must('GET', `${dockPath}/logs`))
  const [first] = modules
  assert(first?.logs[0])

  const idle = once(dock.events, 'idle')
  const selections = [{ module: first.module, bootIndexes: [first.logs[0].bootIndex] }]
  const { id } = Upload.parse(await local.must('POST', `${dockPath}/log-uploads`, { selections }))
  await idle
  await local.idle()
  const upload = Upload.parse(await local.must('GET', `${dockPath}/log-uploads/${id}`))
  assert.equal(upload.state, 'verified')
  assert.deepEqual(local.deadLetters(), [])
})

test('a message is acknowledged only when it is stored, and is handled after a restart', async (t) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const before = await startLocal(t, { dataDirectory })
  await before.must('PUT', dockPath, { aircraftSn })
  before.faults.failFunction('record-replies', 1000)
  await answerListing(before, await before.device(`thing/product/${dockSn}/services`))
  await before.idle()
  await before.stop()

  const clock = createClock()
  const after = await startLocal(t, { dataDirectory, clock })
  clock.advance(180_000)
  await after.idle()
  const { modules } = Logs.parse(await after.must('GET', `${dockPath}/logs`))
  assert.deepEqual(
    modules.map(({ logs }) => logs.map(({ bootIndex }) => bootIndex)),
    [[7]],
  )
})

test('a message that is failed five times ends among the dead letters', async (t) => {
  const local = await startLocal(t, { redeliverAfterSeconds: 0 })
  await local.must('PUT', dockPath, { aircraftSn })
  local.faults.failFunction('record-replies', 5)
  await answerListing(local, await local.device(`thing/product/${dockSn}/services`))
  await local.idle()
  const [letter, ...others] = local.deadLetters()
  assert.match(letter?.queue ?? '', /DeadLetters/)
  assert.deepEqual(others, [])
})

test('a function without its grant fails as it would in AWS', async (t) => {
  const lines: string[] = []
  const local = await startLocal(t, {
    alter: (template) => removeGrant(template, 'registerdocks', 'dynamodb:UpdateItem'),
    warn: (line) => lines.push(line),
  })
  assert((await local.api('PUT', dockPath, { aircraftSn })).status >= 500)
  assert.match(lines.join('\n'), /not authorized to perform: dynamodb:\w+ on resource: arn:aws:dynamodb:/)
})

test('a topic rule whose role may not send hands the message to its failure queue', async (t) => {
  const local = await startLocal(t, {
    alter: (template) => {
      for (const [id, { Properties }] of Object.entries(template.Resources))
        if (id.startsWith('IngestdockRepliesRoleDefaultPolicy') && Properties)
          Properties.PolicyDocument = JSON.parse(
            JSON.stringify(Properties.PolicyDocument).replaceAll(
              'IngestrepliesQueueE7B45631',
              'IngestprogressQueue5EE37AC6',
            ),
          )
    },
  })
  const device = await local.device()
  await device.publish(`thing/product/${dockSn}/services_reply`, { method: 'fileupload_list', tid: 'x' })
  const [letter] = local.deadLetters()
  assert.match(letter?.queue ?? '', /IngestRuleFailures/)
  const failure = z
    .looseObject({
      base64OriginalPayload: z.string(),
      failures: z.array(z.object({ errorMessage: z.string() })).length(1),
    })
    .parse(JSON.parse(letter?.body ?? ''))
  assert.match(failure.failures[0]?.errorMessage ?? '', /not authorized to perform: sqs:SendMessage/)
  assert.match(atob(failure.base64OriginalPayload), /"tid":"x"/)
})

const refusals: [string, (template: Template) => void, RegExp][] = [
  [
    'a resource type',
    (template) => (template.Resources.Cache = { Type: 'AWS::ElastiCache::CacheCluster' }),
    /Cache.*ElastiCache.*not emulated/,
  ],
  [
    'a property',
    (template) => (template.Resources.Odd = { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } }),
    /Odd \(AWS::SQS::Queue\) cannot be emulated.*FifoQueue/,
  ],
  [
    'a rule’s SQL',
    (template) => {
      for (const { Type, Properties } of Object.values(template.Resources))
        if (Type === 'AWS::IoT::TopicRule' && Properties)
          Properties.TopicRulePayload = {
            ...z.looseObject({}).parse(Properties.TopicRulePayload),
            Sql: "SELECT aws_lambda('x') FROM 'a'",
          }
    },
    /AWS::IoT::TopicRule\).*aws_lambda/,
  ],
  [
    'an issuer elsewhere',
    (template) => {
      for (const { Type, Properties } of Object.values(template.Resources))
        if (Type === 'AWS::ApiGatewayV2::Authorizer' && Properties)
          Properties.JwtConfiguration = { Audience: ['x'], Issuer: 'https://login.example.com' }
    },
    /AWS::ApiGatewayV2::Authorizer\) trusts https:\/\/login\.example\.com/,
  ],
  [
    'a mapping whose function may not read its queue',
    (template) => removeGrant(template, 'recordreplies', 'sqs:ReceiveMessage'),
    /AWS::Lambda::EventSourceMapping\).*not authorized to perform: sqs:ReceiveMessage/,
  ],
]
for (const [name, alter, message] of refusals) {
  test(`${name} that cannot be emulated, or could not be deployed, stops the start by name`, async () => {
    await assert.rejects(start({ alter }), message)
  })
}

/** A request with a Host header of our choice, which fetch does not allow. */
const withHost = async (url: string, host: string): Promise<string> => {
  const answer = Promise.withResolvers<string>()
  const sending = request(`${url}/v1/docks`, { headers: { host } }, async (response) => {
    answer.resolve(`${response.statusCode} ${await text(response)}`)
  })
  sending.on('error', answer.reject).end()
  return answer.promise
}

test('only requests that name this machine are answered', async (t) => {
  const { url } = await startLocal(t)
  const { port } = new URL(url)
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
    assert.match(await withHost(url, host), /^200 /)
  for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1:${Number(port) + 1}`, 'localhost'])
    assert.equal(await withHost(url, host), '403 {"message":"Forbidden"}')
})

test('tokens of the stack’s own issuer open its API, for machines and for people', async (t) => {
  const local = await startLocal(t, { auth: true })
  assert.equal((await local.api('GET', '/v1/docks')).status, 401)
  const machine = await local.token({ scopes: ['groundcrew/read'] })
  assert.equal((await local.api('GET', '/v1/docks', undefined, { token: machine })).status, 200)
  assert.equal((await local.api('PUT', dockPath, {}, { token: machine })).status, 403)
  const person = await local.token({ sub: 'ada', groups: ['admin'] })
  assert.equal((await local.api('PUT', dockPath, {}, { token: person })).status, 200)
})

test('the schedule runs by hand, and stopping twice is stopping once', async (t: TestContext) => {
  const local = await startLocal(t)
  await local.tick()
  await local.idle()
  assert.deepEqual(local.deadLetters(), [])
  await Promise.all([local.stop(), local.stop()])
  await assert.rejects(fetch(local.url))
})
