import type * as z from 'zod/mini'
import { type EventType, eventTypes } from '../events/event-types.ts'
import { documented, reference } from './document/schemas.ts'
import { mqttChannels } from './mqtt-channels.ts'
import { routes } from './routes.ts'

/**
 * What Groundcrew tells others, and what it takes from machines and gives them, as an AsyncAPI document: made from
 * the names of events, the shapes of the HTTP API, and the topics that rules and policies are made from.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */

type Schema = z.core.JSONSchema.BaseSchema
type Schemas = ReturnType<typeof documented>

/** `upload` of `groundcrew.upload.verified.v1`. */
const subjectOf = (type: EventType): string => type.split('.')[1] ?? ''

/** Whose record it has: its subject's, but that a test of a webhook is told as what was asked. */
const recordOf = (type: EventType): string =>
  type === 'groundcrew.webhook.test.v1' ? 'webhookTest' : subjectOf(type)

/** What each subject's record is, by its name in the OpenAPI document. What has no name there is any object. */
const recordNames: Readonly<Record<string, string>> = {
  upload: 'Upload',
  archive: 'Upload',
  listing: 'Listing',
  upgrade: 'UpgradeAttempt',
  package: 'Package',
  campaign: 'CampaignSummary',
  alarm: 'AlarmRecord',
  flight: 'EndedFlight',
  collection: 'CollectionRun',
  message: 'RejectedMessage',
  webhook: 'Webhook',
  webhookTest: 'WebhookTestTold',
}

/** An event has the record alone: how it came to be so is asked of the API. */
const leftOut = ['history', 'moreHistory']

/** More may be added at any time. */
const asTold = ({ required = [], properties = {}, additionalProperties: _, ...rest }: Schema): Schema => ({
  ...rest,
  properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !leftOut.includes(name))),
  required: required.filter((name) => !leftOut.includes(name)),
})

const recordSchema = (subject: string, schemas: Schemas): Schema => {
  const components = schemas.components()
  const named = components[recordNames[subject] ?? '']
  if (subject === 'debug') return asTold(schemas.whole.output(routes.getDebugMode.output))
  if (subject === 'presence') return pick(components.Dock, ['dockSn', 'presence'])
  const told = named ? asTold(named) : { type: 'object' as const }
  if (subject !== 'campaign') return told
  const decision = { $ref: reference('CampaignHistoryEntry') }
  return { ...told, properties: { ...told.properties, decision } }
}

const pick = ({ properties = {} }: Schema = {}, names: readonly string[]): Schema => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name))),
  required: [...names],
})

const text = (description: string): Schema => ({ type: 'string', description })

/** The CloudEvent of a type. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
const eventSchema = (type: EventType): Schema => ({
  type: 'object',
  required: [
    'specversion',
    'id',
    'source',
    'type',
    'subject',
    'time',
    'dataschema',
    'datacontenttype',
    'data',
  ],
  properties: {
    specversion: { const: '1.0' },
    id: text('The same for the same change, however often it is told'),
    source: text('`/groundcrew/` and the stack’s name'),
    type: { const: type },
    subject: text('The path of the record in the API, without `/v1/`'),
    time: { type: 'string', format: 'date-time' },
    dataschema: { const: `urn:groundcrew:schema:${type}` },
    datacontenttype: { const: 'application/json' },
    fleet: text('The fleet of the record; missing where it has none'),
    data: {
      type: 'object',
      required: ['record'],
      properties: {
        record: { $ref: reference(recordSchemaName(type)) },
        previous: { type: 'object', properties: { state: { type: 'string' } } },
        cut: {
          type: 'array',
          items: { type: 'string' },
          description: 'Places in the record that were shortened, as JSON pointers',
        },
      },
    },
  },
})

const recordSchemaName = (type: EventType): string => `${recordOf(type)}-record`

const message = (type: EventType) => ({
  name: type,
  contentType: 'application/cloudevents+json',
  payload: eventSchema(type),
})

const ref = (path: string): { $ref: string } => ({ $ref: `#/${path}` })

const eventsChannel = () => ({
  // The bus is named as the stack, or given by an option of the deployment.
  address: null,
  title: 'The EventBridge bus',
  description:
    'Each event is the `detail` of an EventBridge event whose `source` is `groundcrew` and whose `detail-type` is the type. At least once, in no order.',
  messages: Object.fromEntries(eventTypes.map((type) => [type, ref(`components/messages/${type}`)])),
})

const schemasOf = (schemas: Schemas): Record<string, Schema> => ({
  ...schemas.components(),
  ...Object.fromEntries(
    eventTypes.map((type) => [recordSchemaName(type), recordSchema(recordOf(type), schemas)]),
  ),
})

/** The document; safe to make again, it depends on nothing but the code. */
export const asyncApi = () => {
  const mqtt = mqttChannels()
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Groundcrew',
      version: '1',
      description:
        'What Groundcrew tells others on an EventBridge bus, and what it takes from docks and devices and gives them by MQTT. The HTTP API is in `/openapi.json`.',
    },
    defaultContentType: 'application/json',
    channels: { events: eventsChannel(), ...mqtt.channels },
    operations: {
      tellEvents: { action: 'send', channel: ref('channels/events'), summary: 'Changes of state' },
      ...mqtt.operations,
    },
    components: {
      messages: Object.fromEntries(eventTypes.map((type) => [type, message(type)])),
      // AsyncAPI's own dialect of JSON Schema is draft 7.
      schemas: schemasOf(documented('draft-7')),
    },
  }
}
