import { topicsOf } from '../protocols/dji-remote-log/topics.ts'
import type { BridgeRequest } from './bridge-request.ts'

/**
 * What AWS IoT Core allows on one connection; none of these can be raised.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
const limits = { subscriptions: 50, payloadBytes: 128 * 1024 }

/** A dock's commands and acknowledgements: what a connection subscribes to at AWS for each dock. */
const subscriptionsPerDock = 2

/** The docks one bridge connection can carry when each is named. */
export const docksPerConnection = limits.subscriptions / subscriptionsPerDock

type Line = { setting: string; reason?: string }

/**
 * The text of a Mosquitto bridge configuration that carries the remote-log topics of docks, and nothing else, between
 * the broker they already use and AWS IoT Core. `npm run edge` writes it; the operator puts it into Mosquitto's
 * `include_dir`. The same request gives the same text. The reason for each setting is a comment in the text, for the
 * person who maintains that broker; settings are those of mosquitto.conf(5), https://mosquitto.org/man/mosquitto-conf-5.html.
 *
 * Docks are spread over as many connections as AWS's limit of subscriptions asks for, in the order given, so that a
 * dock added at the end moves no other. The request must have passed `BridgeRequest`.
 */
export const mosquittoBridge = (request: BridgeRequest): string => {
  const groups = request.docks.length === 0 ? [['+']] : inGroups(request.docks, docksPerConnection)
  const connections = groups.map((docks, index) => connection(request, docks, index + 1))
  return `${[heading(request.docks.length, groups.length), ...connections].join('\n\n')}\n`
}

const heading = (dockCount: number, connectionCount: number): string =>
  [
    '# Bridge between this broker and AWS IoT Core for the remote logs of DJI docks, made by Groundcrew.',
    '# It carries commands and their replies and events; never osd or state. See docs/edge.md.',
    ...(dockCount === 0
      ? ['# Docks: all of this broker, on one connection. AWS passes at most 100 messages a second on it.']
      : [
          `# Docks: ${dockCount}. Connections: ${connectionCount}, each for at most ${docksPerConnection} docks, as AWS`,
          `# allows ${limits.subscriptions} subscriptions a connection and a dock takes ${subscriptionsPerDock}.`,
        ]),
  ].join('\n')

const connection = (request: BridgeRequest, docks: readonly string[], number: number): string => {
  const lines = [
    { setting: `connection ${request.bridgeName}-${number}` },
    ...transport(request),
    ...session(`${request.remoteClientId}-${number}`),
    ...docks.flatMap((dock) => topics(dock, request.localPrefix)),
  ]
  const explained = number === 1
  return lines.map((line) => render(line, explained)).join('\n')
}

const render = ({ setting, reason }: Line, explained: boolean): string =>
  explained && reason ? `# ${reason}\n${setting}` : setting

const transport = ({ endpoint, port, certificates }: BridgeRequest): Line[] =>
  certificates
    ? [
        { setting: `address ${endpoint}:${port ?? 8883}` },
        { setting: `bridge_cafile ${certificates.ca}`, reason: 'The CA that signed the certificate of AWS.' },
        {
          setting: `bridge_certfile ${certificates.cert}`,
          reason: 'What this broker shows to AWS; the IoT policy on it says for which docks it speaks.',
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

const topics = (dock: string, localPrefix: string | undefined): Line[] => {
  const { servicesReply, events, services, eventsReply } = topicsOf(dock)
  const prefixes = localPrefix ? ` ${localPrefix} ""` : ''
  return [
    ...[servicesReply, events].map((topic) => ({ setting: `topic ${topic} out 1${prefixes}` })),
    ...[services, eventsReply].map((topic) => ({ setting: `topic ${topic} in 1${prefixes}` })),
  ]
}

const inGroups = (docks: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(docks.length / size) }, (_, index) =>
    docks.slice(index * size, (index + 1) * size),
  )
