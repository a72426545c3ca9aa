import { limits } from './aws-limits.ts'
import type { BridgeConnection } from './bridge-request.ts'

/** The topics that a bridge carries for one kind of machine, `docks` or `devices`. */
export type Carried = {
  machines: string
  /** The first lines of the text: its purpose. */
  heading: readonly string[]
  /** The topics of one machine at AWS; for `+` of all machines. */
  topicsOf: (id: string) => { up: readonly string[]; down: readonly string[] }
  /** The broker's prefix of those topics, and its reason if it needs one. */
  localPrefix?: string | undefined
  prefixReason?: string
}

type Line = { setting: string; reason?: string }

/**
 * A Mosquitto bridge configuration that carries only the given topics between the machines' broker and AWS
 * IoT Core. The operator puts it into Mosquitto's `include_dir`. The same input gives the same text. Each
 * setting has its reason as a comment in the text, for the broker's maintainer; settings are those of
 * mosquitto.conf(5), https://mosquitto.org/man/mosquitto-conf-5.html.
 *
 * Machines are spread over as many connections as AWS's limit of subscriptions requires, in the given order,
 * so that a machine added at the end moves no other. Without ids one connection carries every machine of the
 * broker. All input must have passed a schema of `bridge-request.ts`.
 */
export const mosquittoBridge = (
  request: BridgeConnection,
  ids: readonly string[],
  carried: Carried,
): string => {
  const groups = ids.length === 0 ? [['+']] : inGroups(ids, perConnection(carried))
  const connections = groups.map((group, index) => connection(request, group, carried, index + 1))
  const broker = request.allowRetained ? [] : [render(noRetained, true)]
  return `${[heading(ids.length, groups.length, carried), ...broker, ...connections].join('\n\n')}\n`
}

/**
 * After every reconnect a bridge sends the retained messages on its topics as if they were new.
 * `bridge_outgoing_retain` only removes the flag, so an old report would come again and again with a new
 * time. Mosquitto can refuse such messages only for the whole broker.
 */
const noRetained: Line = {
  setting: 'retain_available false',
  reason:
    'For the whole broker: it disconnects who sends one. A bridge sends retained messages again at reconnects.',
}

/** The number of named machines per connection: AWS counts a subscription for each downward topic. */
const perConnection = ({ topicsOf }: Carried): number =>
  Math.floor(limits.subscriptions / topicsOf('+').down.length)

const heading = (machineCount: number, connectionCount: number, carried: Carried): string => {
  const { machines } = carried
  const title = machines.charAt(0).toUpperCase() + machines.slice(1)
  return [
    ...carried.heading,
    ...(machineCount === 0
      ? [`${title}: all of this broker, on one connection. AWS passes at most 100 messages a second on it.`]
      : [
          `${title}: ${machineCount}. Connections: ${connectionCount}, each for at most ${perConnection(carried)} ${machines}, as AWS`,
          `allows ${limits.subscriptions} subscriptions a connection; the ${machines} named take ${carried.topicsOf('+').down.length} each.`,
        ]),
  ]
    .map((line) => `# ${line}`)
    .join('\n')
}

const connection = (
  request: BridgeConnection,
  ids: readonly string[],
  carried: Carried,
  number: number,
): string => {
  const lines = [
    { setting: `connection ${request.bridgeName}-${number}` },
    ...transport(request, carried),
    ...session(`${request.remoteClientId}-${number}`),
    ...topics(ids, carried),
  ]
  const explained = number === 1
  return lines.map((line) => render(line, explained)).join('\n')
}

const render = ({ setting, reason }: Line, explained: boolean): string =>
  explained && reason ? `# ${reason}\n${setting}` : setting

const transport = ({ endpoint, port, certificates }: BridgeConnection, { machines }: Carried): Line[] =>
  certificates
    ? [
        { setting: `address ${endpoint}:${port ?? 8883}` },
        { setting: `bridge_cafile ${certificates.ca}`, reason: 'The CA that signed the certificate of AWS.' },
        {
          setting: `bridge_certfile ${certificates.cert}`,
          reason: `What this broker shows to AWS; the IoT policy on it says for which ${machines} it speaks.`,
        },
        { setting: `bridge_keyfile ${certificates.key}` },
      ]
    : [
        {
          setting: `address ${endpoint}:${port ?? 1883}`,
          reason: 'Without TLS: for tests on one machine only.',
        },
      ]

const session = (clientId: string): Line[] => [
  {
    setting: `remote_clientid ${clientId}`,
    reason:
      'Must be allowed by the IoT policy, and used nowhere else: a second client with this id cuts off the first.',
  },
  {
    setting: 'bridge_protocol_version mqttv311',
    reason: 'With mqttv50 Mosquitto 2.0 asks for a session that ends with the connection (its issue 2424).',
  },
  {
    setting: 'try_private false',
    reason: 'The mark of a private bridge is not MQTT; AWS refuses the connection.',
  },
  {
    setting: 'notifications false',
    reason: 'They go to $SYS topics. AWS reserves $ and may end the connection.',
  },
  {
    setting: 'bridge_attempt_unsubscribe false',
    reason: 'The upward topics were never subscribed to at AWS.',
  },
  {
    setting: 'bridge_outgoing_retain false',
    reason: 'A retained message needs a permission of its own; without it AWS ends the connection.',
  },
  {
    setting: `bridge_max_packet_size ${limits.payloadBytes}`,
    reason:
      'AWS refuses a payload over 128 KB; kept in the queue it would be refused again after every reconnect.',
  },
  {
    setting: 'cleansession false\nlocal_cleansession false',
    reason:
      'While the line is down both sides keep messages of QoS 1: AWS for an hour, this broker up to its limits.',
  },
  { setting: 'keepalive_interval 60', reason: 'AWS accepts 30 to 1200 seconds.' },
  {
    setting: 'restart_timeout 2 60',
    reason:
      'Seconds, with random growth: AWS takes one connect a second per client id, and edges should not return at once.',
  },
]

const topics = (ids: readonly string[], { topicsOf, localPrefix, prefixReason }: Carried): Line[] => {
  const prefixes = localPrefix ? ` ${localPrefix} ""` : ''
  return ids.map(topicsOf).flatMap(({ up, down }, index) => [
    ...up.map((topic, first) => ({
      setting: `topic ${topic} out 1${prefixes}`,
      ...(prefixReason && index + first === 0 ? { reason: prefixReason } : {}),
    })),
    ...down.map((topic) => ({ setting: `topic ${topic} in 1${prefixes}` })),
  ])
}

const inGroups = (ids: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, (index + 1) * size),
  )
