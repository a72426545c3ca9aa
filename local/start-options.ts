import type { Template } from '../lib/synthesize.ts'
import type { Clock } from './clock.ts'
import type { ConsoleFiles } from './console.ts'
import type { DynamoDbOptions } from './dynamodb/dynamodb.ts'
import type { BusEvent } from './events/pattern.ts'
import type { Session } from './iam/principals.ts'
import type { ChaosOptions } from './queues/chaos.ts'
import type { Secrets } from './secrets-manager.ts'
import type { TableBehaviour } from './services.ts'

export type StartOptions = {
  /** The template and its functions' bundles by logical id. @default what `lib/` synthesizes */
  source?: { template: Template; assets: ReadonlyMap<string, string> }
  /** Options of the stack, as `cdk -c` takes them. @default those of `cdk.json` */
  context?: Record<string, unknown>
  /** The account's secrets, by ARN; a change of the map takes effect at once. @default none */
  secrets?: Secrets
  /** Edits a copy of the template before it is read, so that a test can remove a permission. */
  alter?: (template: Template) => void
  /** The directory for data that survives the process. @default data for this run alone */
  dataDirectory?: string
  /** Ports; 0 takes any. @default 0 */
  port?: number
  mqttPort?: number
  edgePort?: number
  dockPort?: number
  /**
   * Refuses requests without a token, as AWS does, and devices at the edge without IoTDA's login. @default
   * false: requests are the local operator's, and any device may connect
   */
  auth?: boolean
  /** The console, at `/`. @default none: only the API is served */
  console?: ConsoleFiles
  /** Called with every event that is put on a bus of the template. */
  onEvent?: (event: BusEvent) => void
  /** Called with every line that functions log. */
  log?: (functionName: string, line: string) => void
  /** Called with problems between the parts: a missing permission, a message that no rule could read. */
  warn?: (line: string) => void
  /** A clock that a test moves; functions then follow it. */
  clock?: Clock
  chaos?: ChaosOptions
  /**
   * Shortens the wait before a failed message is redelivered. @default the queue's visibility timeout, as in
   * AWS
   */
  redeliverAfterSeconds?: number
  /**
   * How the table lags for readers and conflicts for transactions, and its engine. @default as DynamoDB may
   * behave
   */
  table?: TableBehaviour
  /** Called with every read and write unit that the database consumes. */
  meter?: DynamoDbOptions<Session>['meter']
}

/** The ports that a start opens itself; 0 is any. */
export const portsOf = ({ port = 0, mqttPort = 0, edgePort = 0, dockPort = 0 }: StartOptions): number[] => [
  port,
  mqttPort,
  edgePort,
  dockPort,
]
