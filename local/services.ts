import type { RequestListener } from 'node:http'
import { readBuckets } from './buckets.ts'
import { createDownloads } from './cloudfront/downloads.ts'
import { readDistribution } from './cloudfront/read-distribution.ts'
import type { DataDirectory, KeptPort } from './data-directory.ts'
import type { Resources } from './declared.ts'
import { createDynamoDb, type DynamoDbOptions } from './dynamodb/dynamodb.ts'
import { DynamoDbError } from './dynamodb/errors.ts'
import type { PutFields } from './events/event-bus.ts'
import { readEventBuses } from './events/from-template.ts'
import type { CreatedObject } from './events/object-created.ts'
import { createPutEvents } from './events/put-events.ts'
import { copiedKeys, generatedSecrets } from './generated-secrets.ts'
import type { Principals, Session } from './iam/principals.ts'
import type { Broker } from './iot/broker.ts'
import { createDataPlane } from './iot/data-plane.ts'
import { createObjectStore } from './object-store/object-store.ts'
import { createOutages } from './outages.ts'
import type { QueueAccess } from './queues/queue-access.ts'
import { createSqsApi } from './queues/sqs-api.ts'
import { createSecretsManager, type Secrets } from './secrets-manager.ts'
import { listen } from './servers.ts'
import { serviceAccess } from './service-access.ts'
import { DamagedStateError } from './state-file.ts'
import { createSts } from './sts.ts'
import { localAccountId } from './template/read-template.ts'

/** How the table lags, throttles and conflicts. */
export type TableBehaviour = Pick<
  DynamoDbOptions<Session>,
  'lagMs' | 'transactionMs' | 'seed' | 'refused' | 'openEngine'
>

type Needs = {
  resources: Resources
  principals: Principals
  data: DataDirectory
  broker: Broker
  queues: QueueAccess
  secrets: Secrets
  region: string
  now: () => number
  meter?: DynamoDbOptions<Session>['meter'] | undefined
  table: TableBehaviour
  /** Accepts an event for a bus, and returns its id. */
  acceptEvent: (busName: string, fields: PutFields) => string
  /** Called with new objects in buckets that send their events to the event bus. */
  onObjectCreated: (object: CreatedObject) => void
  /** Called with each permission that a caller lacks. */
  warn: (line: string) => void
}

/** Explains why the database does not open: the error that arrives here has lost LevelDB's own message. */
const named = (directory: string | undefined) => (error: unknown) => {
  const isBroken = error instanceof DynamoDbError && error.status === 500
  throw directory !== undefined && isBroken
    ? new DamagedStateError(directory, 'the database in it does not open')
    : error
}

const openDatabase = ({ resources, principals, data, region, now, meter, table, warn }: Needs) =>
  createDynamoDb({
    tables: [...resources.values()]
      .filter(({ type }) => type.startsWith('AWS::DynamoDB::'))
      .map(({ properties, physicalId }) => ({ ...properties, TableName: physicalId })),
    ...serviceAccess(principals, 'dynamodb', warn),
    ...(data.database === undefined ? {} : { directory: data.database }),
    ...(meter ? { meter } : {}),
    ...table,
    region,
    accountId: localAccountId,
    now,
  }).catch(named(data.database))

const openStorage = ({ resources, principals, data, now, onObjectCreated }: Needs) => {
  const buckets = readBuckets(resources)
  const notifying = new Set(buckets.filter(({ notifies }) => notifies).map(({ name }) => name))
  return createObjectStore({
    directory: data.objects,
    buckets,
    principals,
    now,
    onObjectCreated: (object) => {
      if (notifying.has(object.bucket)) onObjectCreated(object)
    },
  })
}

/**
 * Sets the Date header, by which SDK clients correct their clocks. Node's own header has the machine's time,
 * which a test may have left behind.
 */
const dated =
  (listener: RequestListener, now: () => number): RequestListener =>
  (request, response) => {
    response.setHeader('date', new Date(now()).toUTCString())
    listener(request, response)
  }

/**
 * Listens on the last port again, so that addresses given out before a restart stay valid; on another port if
 * that one is taken.
 */
const listenAgain = async (listener: RequestListener, { last, keep }: KeptPort) => {
  const server = await listen(listener, last).catch(() => listen(listener))
  keep(server.port)
  return server
}

/**
 * The AWS services that functions, devices and operators call over HTTP, each on its own port: DynamoDB, S3,
 * STS, the IoT data plane, SQS, Secrets Manager and EventBridge; and CloudFront, if the template has a
 * distribution. Every request is checked against the role of its signer.
 */
export const openServices = async (needs: Needs) => {
  const { resources, principals, data, broker, queues, secrets, region, warn, now } = needs
  // Storage opens nothing before its first use, so the start may still fail after this line.
  const storage = openStorage(needs)
  const generated = generatedSecrets(resources, data.secret)
  const distribution = readDistribution(resources)
  const keys = copiedKeys(generated)
  const downloads = distribution && createDownloads({ distribution, keys, storage, now, warn })
  const database = await openDatabase(needs)
  const dataPlane = createDataPlane({
    ...serviceAccess(principals, 'iotdata', warn),
    publish: broker.publish,
    disconnect: broker.disconnect,
    region,
    accountId: localAccountId,
  })
  const sqsApi = createSqsApi({ queues, ...serviceAccess(principals, 'sqs', warn) })
  const secretsManager = createSecretsManager({
    secrets: { get: (arn) => secrets.get(arn) ?? generated.get(arn) },
    ...serviceAccess(principals, 'secretsmanager', warn),
  })
  const buses = readEventBuses(resources)
  const putEvents = createPutEvents({
    ...serviceAccess(principals, 'events', warn),
    buses: new Map(buses.flatMap((bus) => [[bus.name, bus] as const, [bus.arn, bus] as const])),
    arnOf: (name) => `arn:aws:events:${region}:${localAccountId}:event-bus/${name}`,
    accept: needs.acceptEvent,
  })
  const outages = createOutages()
  const atStorage = await listenAgain(
    dated(outages.guard('storage', storage.listener), needs.now),
    data.storagePort,
  )
  const atDownloads = downloads && (await listenAgain(dated(downloads, now), data.downloadsPort))
  const others = await Promise.all(
    [
      database.listener,
      outages.guard('sts', createSts({ principals })),
      outages.guard('iot', dataPlane),
      sqsApi,
      secretsManager,
      outages.guard('events', putEvents),
    ].map((listener) => listen(dated(listener, needs.now))),
  )
  const servers = [atStorage, ...others, ...(atDownloads ? [atDownloads] : [])]
  const [s3 = '', dynamoDb = '', sts = '', iot = '', sqsUrl = '', secretsUrl = '', eventsUrl = ''] =
    servers.map((server) => server.url)
  return {
    storageUrl: s3,
    sqsUrl,
    /** Where devices download packages with a token; undefined: the template has no distribution. */
    downloadsUrl: atDownloads?.url,
    database,
    outages,
    /** The environment that directs the functions' SDK clients to these services. */
    endpoints: {
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: dynamoDb,
      AWS_ENDPOINT_URL_EVENTBRIDGE: eventsUrl,
      AWS_ENDPOINT_URL_S3: s3,
      AWS_ENDPOINT_URL_STS: sts,
      AWS_ENDPOINT_URL_IOT_DATA_PLANE: iot,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
      AWS_ENDPOINT_URL_SQS: sqsUrl,
    },
    close: async (): Promise<void> => {
      await Promise.all(servers.map((server) => server.close()))
      await storage.close()
      await database.close()
    },
  }
}
