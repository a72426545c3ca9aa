import { EventEmitter } from 'node:events'
import type { Clock } from './clock.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Resources } from './declared.ts'
import { readDockLogin } from './dock-login.ts'
import type { EventBus, PutFields } from './events/event-bus.ts'
import type { CreatedObject } from './events/object-created.ts'
import { type DeclaredFunction, readFunctions } from './functions/from-template.ts'
import { openInvocationStore } from './functions/invocation-store.ts'
import { type Functions, openFunctions } from './functions/open-functions.ts'
import { createPrincipals } from './iam/principals.ts'
import { createBroker } from './iot/broker.ts'
import { huaweiEdge } from './iot/edge.ts'
import { deviceSecretOf, iotdaLogin } from './iot/iotda-login.ts'
import { operatorRole } from './operator.ts'
import { type ChaosOptions, createChaos } from './queues/chaos.ts'
import { openQueues } from './queues/open-queues.ts'
import { readRoles } from './roles.ts'
import { loopback, namingPort } from './servers.ts'
import { openServices, type TableBehaviour } from './services.ts'
import { portsOf, type StartOptions } from './start-options.ts'
import type { Teardown } from './teardown.ts'

/** The context that every part of a stack is opened with. */
export type Setting = {
  resources: Resources
  /** The functions' bundles by logical id. */
  assets: ReadonlyMap<string, string>
  data: DataDirectory
  clock: Clock
  region: string
  options: StartOptions
  log: (functionName: string, line: string) => void
  warn: (line: string) => void
  teardown: Teardown
}

const openBroker = async ({ resources, region, options, data, clock, warn, teardown }: Setting) => {
  const { mqttPort = 0, edgePort = 0, dockPort = 0 } = options
  const dockLogin = readDockLogin(resources, region)
  let ask = async (_event: object): Promise<unknown> => Promise.reject(new Error('the stack is starting'))
  const login = iotdaLogin({ secret: deviceSecretOf(data.secret), now: clock.now })
  const chaos = createChaos(options.chaos)
  let ready = false
  const opening = createBroker({
    host: loopback,
    port: mqttPort,
    edge: { port: edgePort, rewrite: huaweiEdge, ...(options.auth && { login }) },
    ...(dockLogin && { docks: { port: dockPort, iot: dockLogin.iot, ask: (event) => ask(event) } }),
    // Nothing may be acknowledged before the rules listen.
    isOpen: () => ready,
    clock,
    warn,
    chaos,
    // Higher than every version of earlier runs over the same data; versions may skip.
    firstVersion: Math.floor(clock.now() / 1000),
  })
  const broker = await namingPort(
    opening,
    [
      { port: mqttPort, purpose: 'MQTT', option: '--mqtt-port' },
      { port: edgePort, purpose: 'MQTT of the edge', option: '--edge-port' },
      { port: dockPort, purpose: 'MQTT of docks with accounts', option: '--dock-port' },
    ],
    portsOf(options),
  )
  teardown.entrance(broker.close)
  const letClientsIn = (): void => {
    ready = true
  }
  const connectLogin = (functions: Functions): void => {
    if (dockLogin) ask = dockLogin.asker(functions)
  }
  return { ...broker, connectLogin, letClientsIn, disturb: (to: ChaosOptions | undefined) => chaos.set(to) }
}

/** A transaction in DynamoDB takes milliseconds; without this delay no two would ever conflict here. */
const tableBehaviour: TableBehaviour = { transactionMs: 10 }

const atCloudFront = /^https:\/\/\w+\.cloudfront\.net:443$/

/** Replaces an address at CloudFront in the environment of a function with the local one. */
const withLocalDownloads =
  (downloadsUrl: string | undefined) =>
  (fn: DeclaredFunction): DeclaredFunction => {
    if (downloadsUrl === undefined) return fn
    const variables = Object.entries(fn.settings.environment).map(([name, value]) => [
      name,
      atCloudFront.test(value) ? downloadsUrl : value,
    ])
    return { ...fn, settings: { ...fn.settings, environment: Object.fromEntries(variables) } }
  }

/** Opens the functions and the services that they use. Nothing triggers the functions yet. */
export const openBackend = async (setting: Setting) => {
  const { resources, assets, data, clock, region, options, log, warn, teardown } = setting
  const principals = createPrincipals({
    roles: [...readRoles(resources), operatorRole],
    secret: data.secret,
    now: clock.now,
  })
  const queues = openQueues(resources, { clock, region, path: data.queues, chaos: options.chaos })
  teardown.resource(queues.close)
  const broker = await openBroker(setting)
  const storageEvents = new EventEmitter<{ created: [CreatedObject] }>()
  let acceptEvent = (_busName: string, _fields: PutFields): string => {
    throw new Error('the stack is starting')
  }
  const services = await openServices({
    acceptEvent: (...event) => acceptEvent(...event),
    resources,
    principals,
    data,
    broker,
    region,
    warn,
    queues: queues.access,
    secrets: options.secrets ?? new Map(),
    now: clock.now,
    meter: options.meter,
    table: { ...tableBehaviour, ...options.table },
    onObjectCreated: (object) => storageEvents.emit('created', object),
  })
  teardown.resource(services.close)
  const invocations = openInvocationStore(data.invocations)
  teardown.resource(invocations.close)
  const declaredFunctions = readFunctions(resources, assets)
  const functions = await openFunctions(declaredFunctions.map(withLocalDownloads(services.downloadsUrl)), {
    principals,
    clock,
    region,
    log,
    invocations,
    queues: queues.access,
    followClock: options.clock !== undefined,
    endpoints: services.endpoints,
  })
  teardown.resource(functions.stop)
  broker.connectLogin(functions)
  const takeEvents = (bus: EventBus): void => {
    acceptEvent = bus.accept
  }
  return { principals, queues, broker, storageEvents, services, functions, takeEvents }
}
export type Backend = Awaited<ReturnType<typeof openBackend>>
