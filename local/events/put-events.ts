/**
 * PutEvents: an HTTP request listener that accepts events for the template's buses.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as z from 'zod'
import type { Session } from '../iam/principals.ts'
import { defaultBus, type PutFields } from './event-bus.ts'

type Needs = {
  /** The buses by ARN and by name. */
  buses: ReadonlyMap<string, Bus>
  /** Stores an event for every target, and returns its id. */
  accept: (busName: string, fields: PutFields) => string
  authenticate: (request: IncomingMessage, body: Buffer) => Promise<Session>
  /** Both throw an error with `code` and `message`. */
  authorize: (session: Session, request: { action: string; resource: string }) => void
  arnOf: (busName: string) => string
}
export type Bus = { name: string; arn: string }

const Entry = z.looseObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  /** Epoch seconds. */
  Time: z.number().optional(),
})
type Entry = z.infer<typeof Entry>
const PutEvents = z.looseObject({ Entries: z.array(Entry).min(1).max(10) })

const Refusal = z.object({ code: z.string(), message: z.string() })
const refuse = (code: string, message: string): Error => Object.assign(new Error(message), { code })

/**
 * The size limit of a request, all entries together:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
const mostBytes = 256 * 1024

const bytes = (text: string | undefined): number => Buffer.byteLength(text ?? '')
const sizeOf = ({ Source, DetailType, Detail, Resources, Time }: Entry): number =>
  [Source, DetailType, Detail, ...Resources].reduce(
    (sum, text) => sum + bytes(text),
    Time === undefined ? 0 : 14,
  )

type Failure = { ErrorCode: string; ErrorMessage: string }
const failure = (ErrorCode: string, ErrorMessage: string): Failure => ({ ErrorCode, ErrorMessage })

/**
 * The range of integers, and the deepest nesting of an event.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
const integers = { least: -(2n ** 63n), most: 2n ** 63n - 1n }
const mostLevels = 1_100

/** Text, brackets, and numbers with fraction and exponent. */
const tokens = /"(?:[^"\\]|\\.)*"|[[{]|[\]}]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Whether the JSON text is within EventBridge's bounds. */
const isWithinBounds = (text: string): boolean => {
  let level = 0
  for (const [token] of text.matchAll(tokens)) {
    if (token === '[' || token === '{') level += 1
    if (token === ']' || token === '}') level -= 1
    if (level > mostLevels) return false
    if (/^-?\d+$/.test(token) && (BigInt(token) < integers.least || BigInt(token) > integers.most))
      return false
  }
  return true
}

const DetailObject = z.record(z.string(), z.unknown())

/** The parsed Detail, which must be a JSON object; undefined otherwise. */
const detailOf = (text: string): object | undefined => {
  if (!isWithinBounds(text)) return undefined
  try {
    return DetailObject.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

const put = (entry: Entry, { buses, accept }: Needs): { EventId: string } | Failure => {
  const { Source = '', DetailType = '', Detail = '', EventBusName = defaultBus, Resources, Time } = entry
  for (const [name, text] of Object.entries({ Source, DetailType, Detail }))
    if (text === '')
      return failure(
        'InvalidArgument',
        `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      )
  if (DetailType.length > 128)
    return failure(
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: it has more than 128 characters.',
    )
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html
  if (Source.startsWith('aws.'))
    return failure('NotAuthorizedForSourceException', `Not authorized for the source ${Source}.`)
  const detail = detailOf(Detail)
  if (!detail) return failure('MalformedDetail', 'Detail is malformed.')
  const bus = buses.get(EventBusName)
  if (!bus) return failure('InvalidArgument', `Event bus ${EventBusName} does not exist.`)
  try {
    const time = Time === undefined ? {} : { time: Time * 1000 }
    const fields = { source: Source, 'detail-type': DetailType, resources: Resources, detail, ...time }
    return { EventId: accept(bus.name, fields) }
  } catch (error) {
    console.error('The local EventBridge could not take an event', error)
    return failure('InternalFailure', 'The event could not be stored.')
  }
}

const parseInput = (body: Buffer): z.infer<typeof PutEvents> => {
  const text = body.toString('utf8')
  try {
    return PutEvents.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof z.ZodError) throw refuse('ValidationException', z.prettifyError(error))
    throw refuse('SerializationException', 'The body is not JSON.')
  }
}

const handle = async (request: IncomingMessage, use: Needs): Promise<object> => {
  const body = await buffer(request)
  const session = await use.authenticate(request, body)
  if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents')
    throw refuse('UnknownOperationException', 'The local EventBridge has PutEvents only.')
  const { Entries } = parseInput(body)
  const arns = Entries.map(({ EventBusName = defaultBus }) =>
    EventBusName.startsWith('arn:') ? EventBusName : use.arnOf(EventBusName),
  )
  for (const resource of new Set(arns)) use.authorize(session, { action: 'events:PutEvents', resource })
  if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= mostBytes)
    throw refuse('ValidationException', 'Total size of the entries in the request is over the limit.')
  const results = Entries.map((entry) => put(entry, use))
  return { FailedEntryCount: results.filter((one) => 'ErrorCode' in one).length, Entries: results }
}

const reply = (response: ServerResponse, status: number, body: object): void => {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
    .end(JSON.stringify(body))
}

export const createPutEvents =
  (use: Needs): RequestListener =>
  (request, response) => {
    handle(request, use).then(
      (body) => reply(response, 200, body),
      (error: unknown) => {
        const known = Refusal.safeParse(error).data
        if (!known) console.error('The local EventBridge failed', error)
        const { code, message } = known ?? {
          code: 'InternalException',
          message: 'The local EventBridge failed.',
        }
        reply(response, known ? 400 : 500, { __type: code, message })
      },
    )
  }
