import type { RequestListener } from 'node:http'
import type { Backend, Setting } from './backend.ts'
import { type ConsoleFiles, createConsole } from './console.ts'
import { objectCreated } from './events/object-created.ts'
import { openEventBus } from './events/open-event-bus.ts'
import { readPermissions } from './functions/from-template.ts'
import { openHttpApi } from './http-api/open-http-api.ts'
import { startMappings } from './queues/open-queues.ts'
import { startStreamMappings } from './streams/open-stream-mappings.ts'
import { localAccountId } from './template/read-template.ts'
import type { TokenIssuer } from './tokens/issuer.ts'
import { openTopicRules } from './topic-rules.ts'

/** The user pool's clients for people. Undefined if the template has none. */
type SignInClients = { clientId: string | undefined; commandLineClientId: string | undefined }

type ConsolePlace = {
  url: string
  dockAddress: string | undefined
  packages: { endpoint: string; bucket: string }
  clients: SignInClients
}

/** Sign-in to the console is needed only if requests without a token are refused. */
const consoleAt = (
  { url, dockAddress, packages, clients }: ConsolePlace,
  { files, headers }: ConsoleFiles,
  issuer: TokenIssuer | undefined,
) =>
  createConsole({
    files,
    headers: headers(packages),
    url,
    dockAddress,
    ...(issuer && clients.clientId !== undefined
      ? {
          signIn: {
            issuer: issuer.issuer,
            clientId: clients.clientId,
            groupsClaim: 'cognito:groups',
            commandLineClientId: clients.commandLineClientId,
          },
        }
      : {}),
  })

/**
 * Opens what triggers the functions: topic rules and storage events through queues, the schedule, and the
 * HTTP API, whose listener is returned. From here on the broker accepts clients.
 */
export const openTriggers = async (
  setting: Setting,
  backend: Backend,
  issuer: TokenIssuer,
  { url, packages, clients }: Pick<ConsolePlace, 'url' | 'packages' | 'clients'>,
) => {
  const { resources, clock, region, options, warn, teardown } = setting
  const { functions, broker, principals } = backend
  const queues = backend.queues.access
  const mayInvoke = readPermissions(resources)

  const bus = openEventBus(resources, {
    clock,
    region,
    functions,
    queues,
    mayInvoke,
    warn,
    chaos: options.chaos,
    onEvent: options.onEvent,
  })
  backend.takeEvents(bus)
  backend.storageEvents.on('created', (object) => void bus.put(objectCreated(object, localAccountId)))
  const applyRules = await openTopicRules(resources, {
    principals,
    queues,
    functions,
    mayInvoke,
    now: clock.now,
    warn,
  })
  broker.onPublish(applyRules)
  broker.onLifecycle(applyRules)
  const api: RequestListener = openHttpApi(resources, {
    issuer,
    functions,
    mayInvoke,
    clock,
    region,
    warn,
    requireToken: options.auth ?? false,
    console:
      options.console &&
      consoleAt(
        { url, dockAddress: broker.docksUrl, packages, clients },
        options.console,
        options.auth ? issuer : undefined,
      ),
  })
  const { redeliverAfterSeconds } = options
  const mappings = startMappings(resources, { queues, functions, clock, region, redeliverAfterSeconds })
  const streamMappings = startStreamMappings(resources, {
    queues,
    functions,
    clock,
    region,
    warn,
    redeliverAfterSeconds,
    streams: backend.services.database.streams,
  })
  for (const mapping of [...mappings, ...streamMappings]) teardown.entrance(mapping.stop)
  functions.resume()
  bus.startSchedules()
  teardown.entrance(bus.stop)
  broker.letClientsIn()
  return { bus, mappings, streamMappings, api }
}
