import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { eventTypes } from '../../../lambdas/changes/event-types.ts'
import { asyncApi } from '../../../lambdas/contract/asyncapi.ts'
import { webhookKey, webhooksPartition } from '../../../lambdas/table/keys.ts'
import { answerRules, topicRules } from '../../../lambdas/triggers.ts'
import { webhookChanges } from '../../../lambdas/webhooks/changes.ts'

/** The official parser is 54 MB in 168 packages, for one test: too much for everybody's `npm ci`. */
const parser = join(import.meta.dirname, '../../../.tools/asyncapi/node_modules/@asyncapi/parser')
const skip = existsSync(parser)
  ? false
  : "AsyncAPI's parser is not installed in .tools/, as .ci/run does: not checked"

const Diagnostics = z.array(
  z.looseObject({ severity: z.number(), message: z.string(), path: z.array(z.unknown()) }),
)
const Parsed = z.object({ document: z.unknown(), diagnostics: Diagnostics })
const Parser = z.custom<new () => { parse: (text: string) => Promise<unknown> }>(
  (value) => typeof value === 'function',
)

const Channel = z.looseObject({
  description: z.string().optional(),
  address: z.string().nullable(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  messages: z.record(z.string(), z.unknown()),
})
const Operation = z.looseObject({
  action: z.enum(['send', 'receive']),
  channel: z.object({ $ref: z.string() }),
})
const Data = z.looseObject({ properties: z.looseObject({ record: z.object({ $ref: z.string() }) }) })
const Document = z.looseObject({
  asyncapi: z.literal('3.0.0'),
  channels: z.record(z.string(), Channel),
  operations: z.record(z.string(), Operation),
  components: z.looseObject({
    schemas: z.record(z.string(), z.unknown()),
    messages: z.record(z.string(), z.unknown()),
  }),
})

/** As a client gets it. */
const text = JSON.stringify(asyncApi())
const { channels, operations, components } = Document.parse(JSON.parse(text))
const addressOf = (operation: string) =>
  channels[operations[operation]?.channel.$ref.replace('#/channels/', '') ?? '']?.address

describe('the AsyncAPI document', () => {
  it('is valid for the official parser', { skip }, async () => {
    const require = createRequire(import.meta.url)
    const { Parser: Official } = z.object({ Parser }).parse(require(parser))
    const { document, diagnostics } = Parsed.parse(await new Official().parse(text))
    const [errors, warnings] = [0, 1].map((level) => diagnostics.filter(({ severity }) => severity === level))
    assert.deepEqual([errors, warnings], [[], []])
    assert.ok(document)
  })

  it('has every type of event', () => {
    assert.deepEqual(Object.keys(channels.events?.messages ?? {}), [...eventTypes])
  })

  it('has the fields of each record, without its history', () => {
    const Record = z.looseObject({ properties: z.record(z.string(), z.unknown()) })
    for (const subject of new Set(eventTypes.map((type) => type.split('.')[1]))) {
      const { properties } = Record.parse(components.schemas[`${subject}-record`])
      assert.ok(Object.keys(properties).length > 1 && !('history' in properties), subject)
    }
  })

  it('has the events of webhooks as they are published, including tests', async () => {
    const hook = { id: 'ours', key: 'k', url: 'https://a.example/', types: ['groundcrew.*'], state: 'active' }
    const before = {
      pk: webhooksPartition,
      ...hook,
      createdAt: 1,
      createdBy: 'a',
      updatedAt: 1,
      updatedBy: 'a',
      rev: 1,
    }
    const after = { ...before, state: 'failing', tested: { at: 2, by: 'b' } }
    const told = await webhookChanges.eventsOf(
      { key: webhookKey('ours'), before, after, at: 2 },
      async () => [],
    )
    assert.deepEqual(
      told.map(({ type }) => type),
      ['groundcrew.webhook.failing.v1', 'groundcrew.webhook.test.v1'],
    )
    const Payload = z.object({ payload: z.looseObject({ properties: z.looseObject({ data: Data }) }) })
    for (const { type, record } of told) {
      const { payload } = Payload.parse(components.messages[type])
      const name = payload.properties.data.properties.record.$ref.split('/').at(-1) ?? ''
      const { required } = z.looseObject({ required: z.array(z.string()) }).parse(components.schemas[name])
      const lacking = required.filter((field) => !(field in record))
      assert.deepEqual([type, lacking], [type, []])
    }
  })

  it('has every topic of a rule, with a parameter for each wildcard', () => {
    for (const [name, { filter }] of Object.entries({ ...topicRules, ...answerRules })) {
      assert.equal(operations[name]?.action, 'receive', name)
      assert.equal(addressOf(name)?.replaceAll(/\{\w+\}/g, '+'), filter)
    }
  })

  it('has what is sent to docks and devices', () => {
    assert.deepEqual(
      Object.entries(operations).flatMap(([name, { action }]) =>
        action === 'send' ? [addressOf(name)] : [],
      ),
      [
        null,
        'thing/product/{dockSn}/services',
        'thing/product/{dockSn}/requests_reply',
        'sys/product/{dockSn}/status_reply',
        'thing/product/{dockSn}/state_reply',
        'thing/product/{dockSn}/events_reply',
        'oc/devices/{deviceId}/sys/events/down',
      ],
    )
  })

  it('names each channel and each parameter once, says what each is for, and refers to nothing that is not there', () => {
    const addresses = Object.values(channels).flatMap(({ address }) => address ?? [])
    assert.equal(new Set(addresses).size, addresses.length)
    for (const { address, parameters = {} } of Object.values(channels))
      assert.deepEqual(
        [...(address ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        Object.keys(parameters),
      )
    for (const [name, { description }] of Object.entries(channels))
      assert.match(description ?? '', /\w\.$/, name)
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(components.schemas[name], name)
  })
})
