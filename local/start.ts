import type { RequestListener } from 'node:http'
import * as z from 'zod'
import { openBackend } from './backend.ts'
import { createClock } from './clock.ts'
import { openDataDirectory } from './data-directory.ts'
import { deviceSecretOf } from './iot/iotda-login.ts'
import { keepOperatorEnvironment, operatorEnvironment } from './operator.ts'
import { untilAtRest } from './rest.ts'
import { listen, namingPort } from './servers.ts'
import { createFaults } from './stack-faults.ts'
import { portsOf, type StartOptions } from './start-options.ts'
import { synthesized } from './synthesized.ts'
import { createTeardown, type Teardown } from './teardown.ts'
import { readTemplate } from './template/read-template.ts'
import { openIssuer, userPoolAttributes } from './tokens/open-issuer.ts'
import { openTriggers } from './triggers.ts'

export type LocalDeployment = Awaited<ReturnType<typeof start>>

const Text = z.optional(z.string())

const region = 'eu-central-1'
const stackName = 'groundcrew'

const readStack = async (
  { source, context, alter }: StartOptions,
  attributes: ReturnType<typeof userPoolAttributes>,
) => {
  const { template: shared, assets } = source ?? (await synthesized(context))
  const template = alter ? structuredClone(shared) : shared
  alter?.(template)
  return { ...readTemplate(template, { stackName, region, attributes }), template, assets }
}

/**
 * The API's port opens first, because the template names its URL as token issuer. It answers 503 until
 * `serve` is called.
 */
const openApiPort = async (options: StartOptions, teardown: Teardown) => {
  const { port = 0 } = options
  let listener: RequestListener = (_request, response) =>
    response.writeHead(503, { 'retry-after': '1' }).end()
  const listening = listen((request, response) => listener(request, response), port)
  const server = await namingPort(listening, [{ port, purpose: 'HTTP', option: '--port' }], portsOf(options))
  teardown.entrance(server.close)
  const serve = (next: RequestListener): void => {
    listener = next
  }
  return { url: server.url, serve }
}

/**
 * Runs the synthesized template in this process: MQTT broker, topic rules, queues, functions, table, storage,
 * schedule, HTTP API and tokens, each with the permissions that the template gives it. Everything listens on
 * the loopback interface.
 * @throws Error that names the resource that is not emulated, or the port that is in use; then nothing is
 * left running.
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
  const { log = () => {}, warn = () => {}, clock = createClock() } = options
  const data = openDataDirectory(options.dataDirectory)
  teardown.resource(data.close)
  teardown.resource(clock.close)
  const { url, serve } = await openApiPort(options, teardown)
  const { resources, outputs, template, assets } = await readStack(options, userPoolAttributes(url))

  const shared = { resources, assets, data, clock, region, options, log, warn, teardown }
  const backend = await openBackend(shared)
  const issuer = await openIssuer(resources, { apiUrl: url, data, now: clock.now })
  const { bus, mappings, streamMappings, api } = await openTriggers(shared, backend, issuer, {
    url,
    clients: {
      clientId: Text.parse(outputs.ConsoleClientId),
      commandLineClientId: Text.parse(outputs.CommandLineClientId),
    },
    packages: {
      endpoint: Text.parse(options.context?.storageEndpoint) ?? backend.services.storageUrl,
      bucket: Text.parse(outputs.PackageBucketName) ?? '',
    },
  })
  serve(api)

  const { broker, services, functions, queues } = backend
  const operator = await operatorEnvironment(backend.principals, {
    stackName,
    region,
    endpoints: services.endpoints,
    addresses: { API: url, MQTT: broker.url, EDGE: broker.edgeUrl ?? '', DOCK: broker.docksUrl ?? '' },
  })
  if (data.operatorEnvironment) teardown.resource(keepOperatorEnvironment(data.operatorEnvironment, operator))
  const consumedQueues = new Set(mappings.map((mapping) => mapping.queueArn))
  return {
    /** The HTTP API. */
    url,
    mqttUrl: broker.url,
    /** The broker's address for devices behind an edge bridge. */
    edgeUrl: broker.edgeUrl ?? '',
    /** The broker's address for docks with accounts; empty unless the option `dockLogin` is on. */
    dockUrl: broker.docksUrl ?? '',
    /** The secret with which every device logs in at the edge, if `auth`. */
    deviceSecret: options.auth ? deviceSecretOf(data.secret) : undefined,
    storageUrl: services.storageUrl,
    /** Where devices download packages with a token; undefined unless the option `packageDownloads` is on. */
    downloadsUrl: services.downloadsUrl,
    /** The endpoint of each service for SDK clients, by environment variable. */
    endpoints: services.endpoints,
    /** The environment for operators' tools that work on this stack. */
    operator,
    region,
    template,
    outputs,
    clock,
    /** An access token; without scopes and groups it allows nothing. */
    token: issuer.mint,
    /** Starts every scheduled rule now. */
    tick: async (): Promise<void> => {
      // In AWS a minute lies between two runs, which is longer than indexes lag; here we wait until they have
      // caught up.
      await services.database.settled()
      await bus.tick()
    },
    /** Resolves when queues, functions and events are idle (see `untilAtRest`), and reads show all writes. */
    idle: async (): Promise<void> => {
      await untilAtRest([...mappings, ...streamMappings, ...functions.all, bus])
      await services.database.settled()
    },
    /** Resolves when reads show all writes so far. */
    untilCaughtUp: services.database.settled,
    /** Messages in dead-letter queues, or in other queues that no function reads. */
    deadLetters: () => queues.failures(consumedQueues),
    faults: createFaults({ functions, broker, queues, bus, ...services }),
    /** Starts a thread of every function ahead of its first call. */
    warm: functions.warm,
    /** Stops everything in order; a second call waits for the first. */
    stop: teardown.end,
  }
}
