import type { RequestListener } from 'node:http'
import type { Template } from '../lib/synthesize.ts'
import { type Clock, createClock } from './clock.ts'
import { openDataDirectory } from './data-directory.ts'
import type { DynamoDbOptions } from './dynamodb/dynamodb.ts'
import { objectCreated } from './events/object-created.ts'
import { openEventBus } from './events/open-event-bus.ts'
import { readFunctions, readPermissions } from './functions/from-template.ts'
import { openFunctions } from './functions/open-functions.ts'
import { openHttpApi } from './http-api/open-http-api.ts'
import { createPrincipals, type Session } from './iam/principals.ts'
import { createBroker } from './iot/broker.ts'
import { huaweiEdge } from './iot/edge.ts'
import type { ChaosOptions } from './queues/chaos.ts'
import { openQueues, startMappings } from './queues/open-queues.ts'
import { untilAtRest } from './rest.ts'
import { readRoles } from './roles.ts'
import { listen, loopback, namingPort } from './servers.ts'
import { openServices } from './services.ts'
import { createFaults } from './stack-faults.ts'
import { synthesized } from './synthesized.ts'
import { createTeardown, type Teardown } from './teardown.ts'
import { localAccountId, readTemplate } from './template/read-template.ts'
import { openIssuer, userPoolAttributes } from './tokens/open-issuer.ts'
import { openTopicRules } from './topic-rules.ts'

export type StartOptions = {
  /** The template and its functions' bundles by logical id. @default what `lib/` synthesizes */
  source?: { template: Template; assets: ReadonlyMap<string, string> }
  /** Edits a copy of the template before it is read, so that a test can take a right away. */
  alter?: (template: Template) => void
  /** Where data survives. @default data for this run alone */
  dataDirectory?: string
  /** Ports; 0 takes any. @default 0 */
  port?: number
  mqttPort?: number
  edgePort?: number
  /** Refuses requests without a token, as AWS does. @default false: they are the local operator's */
  auth?: boolean
  /** Told of every line that functions write, and of what goes wrong between the parts. */
  log?: (source: string, line: string) => void
  /** A clock that a test moves; functions then follow it. */
  clock?: Clock
  chaos?: ChaosOptions
  /** Shortens the wait before a failed message comes back. @default the queue's visibility timeout, as in AWS */
  redeliverAfterSeconds?: number
  /** Told of every read and write unit that the database consumes. */
  meter?: DynamoDbOptions<Session>['meter']
}

export type LocalStack = Awaited<ReturnType<typeof start>>

const region = 'eu-central-1'
const stackName = 'groundcrew'
const starting: RequestListener = (_request, response) => void response.writeHead(503, { 'retry-after': '1' }).end()

const read = async ({ source, alter }: StartOptions, attributes: ReturnType<typeof userPoolAttributes>) => {
  const { template, assets } = source ?? (await synthesized())
  const copy = structuredClone(template)
  alter?.(copy)
  return { ...readTemplate(copy, { stackName, region, attributes }), template: copy, assets }
}

/**
 * Runs the synthesized template in this process: MQTT broker, topic rules, queues, functions, table, storage, schedule,
 * HTTP API and tokens, each with the rights that the template gives it. Everything listens on the loopback interface.
 * @throws Error that names the resource which cannot be emulated, or the port that is in use; nothing is left running.
 */
export const start = async (options: StartOptions = {}) => {
  const teardown = createTeardown()
  try {
    return await open(options, teardown)
  } catch (error) {
    await teardown.end()
    throw error
  }
}

const open = async (options: StartOptions, teardown: Teardown) => {
  const { log = () => {}, clock = createClock() } = options
  const { now } = clock
  const data = openDataDirectory(options.dataDirectory)
  teardown.room(data.close)
  teardown.room(clock.close)

  let serve = starting
  const listening = listen((request, response) => serve(request, response), options.port)
  const api = await namingPort(listening, [{ port: options.port ?? 0, purpose: 'HTTP', option: '--port' }])
  teardown.door(api.close)
  const { resources, outputs, template, assets } = await read(options, userPoolAttributes(api.url, data.secret))
  const principals = createPrincipals({ roles: readRoles(resources), secret: data.secret, now })
  const queues = openQueues(resources, { clock, region, path: data.queues, chaos: options.chaos })
  teardown.room(queues.close)

  let ready = false
  const broker = await namingPort(
    createBroker({
      host: loopback,
      port: options.mqttPort ?? 0,
      edge: { port: options.edgePort ?? 0, rewrite: huaweiEdge },
      // Before the rules listen nothing may be acknowledged.
      authorize: () => ready,
      now,
    }),
    [
      { port: options.mqttPort ?? 0, purpose: 'MQTT', option: '--mqtt-port' },
      { port: options.edgePort ?? 0, purpose: 'MQTT of the edge', option: '--edge-port' },
    ],
  )
  teardown.door(broker.close)
  const services = await openServices({
    resources,
    principals,
    data,
    broker,
    region,
    now,
    meter: options.meter,
    onObjectCreated: (object) => void bus.put(objectCreated(object, localAccountId)),
  })
  teardown.room(services.close)
  const functions = await openFunctions(readFunctions(resources, assets), {
    principals,
    queues: queues.access,
    clock,
    followClock: options.clock !== undefined,
    region,
    endpoints: services.endpoints,
    log,
  })
  teardown.room(functions.stop)
  const mayInvoke = readPermissions(resources)
  const bus = openEventBus(resources, {
    clock,
    region,
    functions,
    queues: queues.access,
    mayInvoke,
    log: (line) => log('events', line),
  })
  broker.onPublish(
    await openTopicRules(resources, {
      principals,
      queues: queues.access,
      now,
      log: (line) => log('rules', line),
    }),
  )
  const mappings = startMappings(resources, {
    queues: queues.access,
    functions,
    clock,
    region,
    redeliverAfterSeconds: options.redeliverAfterSeconds,
  })
  for (const mapping of mappings) teardown.door(mapping.stop)
  bus.startSchedules()
  teardown.door(bus.stop)
  const issuer = await openIssuer(resources, { apiUrl: api.url, keyFile: data.tokenKey, secret: data.secret, now })
  serve = openHttpApi(resources, {
    issuer,
    functions,
    mayInvoke,
    clock,
    region,
    requireToken: options.auth ?? false,
    log: (line) => log('api', line),
  })
  ready = true

  const readQueues = new Set(mappings.map((mapping) => mapping.queueArn))
  return {
    /** The HTTP API. */
    url: api.url,
    mqttUrl: broker.url,
    /** The broker as devices behind an edge bridge see it. */
    edgeUrl: broker.edgeUrl ?? '',
    storageUrl: services.storageUrl,
    /** Where an SDK client finds each service, by environment variable. */
    endpoints: services.endpoints,
    region,
    template,
    outputs,
    clock,
    /** An access token; without scopes and groups it allows nothing. */
    token: issuer.mint,
    /** Starts every scheduled rule now. */
    tick: bus.tick,
    /** Resolves when queues, functions and events are at rest; see `untilAtRest`. */
    idle: (): Promise<void> => untilAtRest([...mappings, ...functions.all, bus]),
    /** Messages that were given up, or that only people read. */
    deadLetters: () => queues.failures(readQueues),
    faults: createFaults(functions, services.database.faults),
    /** Starts a thread of every function ahead of its first call. */
    warm: functions.warm,
    /** Ends everything in order; a repeat waits for the same end. */
    stop: teardown.end,
  }
}
