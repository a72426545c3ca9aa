import type * as z from 'zod/mini'
import { type EventType, eventTypes } from '../changes/event-types.ts'
import { documented, reference } from './document/schemas.ts'
import { mqttChannels } from './mqtt-channels.ts'
import { routes } from './routes.ts'

/**
 * The AsyncAPI document: the events that Groundcrew publishes, and the MQTT messages that it exchanges with
 * docks and devices. Generated from the event types, the shapes of the HTTP API, and the topics of rules and
 * policies.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */

type Schema = z.core.JSONSchema.BaseSchema
type Schemas = ReturnType<typeof documented>

/** The subject of a type: `upload` in `groundcrew.upload.verified.v1`. */
const subjectOf = (type: EventType): string => type.split('.')[1] ?? ''

/**
 * Which record an event has: that of its subject, except that a webhook test has the request for the test.
 */
const recordOf = (type: EventType): string =>
  type === 'groundcrew.webhook.test.v1' ? 'webhookTest' : subjectOf(type)

/** The OpenAPI schema of each subject's record. Subjects that are not listed may have any object. */
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

/** Left out of the records in events: the history is only in the API. */
const leftOut = ['history', 'moreHistory']

/** A record as it is in events; open for further properties. */
const inEvents = ({ required = [], properties = {}, additionalProperties: _, ...rest }: Schema): Schema => ({
  ...rest,
  properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !leftOut.includes(name))),
  required: required.filter((name) => !leftOut.includes(name)),
})

const recordSchema = (subject: string, schemas: Schemas): Schema => {
  const components = schemas.components()
  const named = components[recordNames[subject] ?? '']
  if (subject === 'debug') return inEvents(schemas.whole.output(routes.getDebugMode.output))
  if (subject === 'presence') return pick(components.Dock, ['dockSn', 'presence'])
  const record = named ? inEvents(named) : { type: 'object' as const }
  if (subject !== 'campaign') return record
  const decision = { $ref: reference('CampaignHistoryEntry') }
  return { ...record, properties: { ...record.properties, decision } }
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
    id: text('The id of the event: the same in every delivery of the same change'),
    source: text('`/groundcrew/` and the name of the stack'),
    type: { const: type },
    subject: text('The path of the record in the API, without `/v1/`'),
    time: { type: 'string', format: 'date-time' },
    dataschema: { const: `urn:groundcrew:schema:${type}` },
    datacontenttype: { const: 'application/json' },
    fleet: text('The fleet of the record; absent if it has none'),
    data: {
      type: 'object',
      required: ['record'],
      properties: {
        record: { $ref: reference(recordSchemaName(type)) },
        previous: { type: 'object', properties: { state: { type: 'string' } } },
        cut: {
          type: 'array',
          items: { type: 'string' },
          description: 'The parts of the record that were shortened, as JSON pointers',
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
  // The bus has the name of the stack, or the one that an option of the deployment gives.
  address: null,
  title: 'The EventBridge bus',
  description:
    'Each event is the `detail` of an EventBridge event whose `source` is `groundcrew` and whose `detail-type` is the type. Delivered at least once, in no guaranteed order.',
  messages: Object.fromEntries(eventTypes.map((type) => [type, ref(`components/messages/${type}`)])),
})

const schemasOf = (schemas: Schemas): Record<string, Schema> => ({
  ...schemas.components(),
  ...Object.fromEntries(
    eventTypes.map((type) => [recordSchemaName(type), recordSchema(recordOf(type), schemas)]),
  ),
})

/** The document. It depends only on the code. */
export const asyncApi = () => {
  const mqtt = mqttChannels()
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Groundcrew',
      version: '1',
      description:
        'The events that Groundcrew publishes on an EventBridge bus, and the MQTT messages that it exchanges with docks and devices. The HTTP API is in `/openapi.json`.',
    },
    defaultContentType: 'application/json',
    channels: { events: eventsChannel(), ...mqtt.channels },
    operations: {
      tellEvents: { action: 'send', channel: ref('channels/events'), summary: 'Changes of state' },
      ...mqtt.operations,
    },
    components: {
      messages: Object.fromEntries(eventTypes.map((type) => [type, message(type)])),
      // The schema format of AsyncAPI is based on JSON Schema draft 7.
      schemas: schemasOf(documented('draft-7')),
    },
  }
}
