import { parseArgs } from 'node:util'
import type * as z from 'zod'
import {
  DeviceBridgeRequest,
  DeviceId,
  DockAclRequest,
  DockBridgeRequest,
  SerialNumber,
} from './bridge-request.ts'
import { deviceAcl } from './device-acl.ts'
import { deviceBridge } from './device-bridge.ts'
import { dockAcl } from './dock-acl.ts'
import { dockBridge } from './dock-bridge.ts'
import { type RelayOutcome, relayCommand } from './relay/command.ts'

/** The text of `npm run edge -- --help`. */
export const help = `Configuration for a Mosquitto broker that docks or devices already use. docs/edge.md is the guide.

  npm run edge -- mosquitto --endpoint HOST --ca FILE --cert FILE --key FILE --dock SN [--dock SN ...] [--out DIR]
  npm run edge -- mosquitto-acl [--aircraft DOCK_SN=AIRCRAFT_SN ...] [--out DIR]
  npm run edge -- mosquitto-devices --endpoint HOST --ca FILE --cert FILE --key FILE [--device ID ...] [--out DIR]
  npm run edge -- mosquitto-devices-acl [--out DIR]
  npm run edge -- relay --help

relay is no file but a process: it replaces the bridge for docks, filters, and reports which docks are there.

mosquitto, mosquitto-devices: the bridge to AWS IoT Core for DJI docks, groundcrew-bridge.conf, and for devices that
speak Huawei IoTDA's protocol, groundcrew-devices.conf
  --endpoint       data endpoint of the account: aws iot describe-endpoint --endpoint-type iot:Data-ATS
  --port           8883
  --ca, --cert, --key
                   absolute paths on the broker's machine: Amazon's root CA, the bridge's certificate, its key
  --dock           serial number, once for each dock; without any, every dock of the broker
  --device         device id, once for each device; without any, every device of the broker
  --client-id      MQTT client id at AWS, here with -1, -2 ... added; each bridge needs its own
                   (groundcrew-edge-<first dock>, groundcrew-devices-<first device>)
  --name           what the broker's log calls the bridge (groundcrew, groundcrew-devices)
  --local-prefix   what the broker puts before the docks' topics, such as site-a/
  --allow-retained the broker goes on to take retained messages, for others who need them (docs/edge.md)
  --insecure-plain no TLS and no certificates, for an endpoint on this machine only

mosquitto-acl, mosquitto-devices-acl: which dock or device may use which topics, groundcrew.acl and
groundcrew-devices.acl
  --aircraft       a dock and the aircraft it reports for, once for each pair
  --local-prefix   as above

  --out            write the file into this directory; otherwise it is printed
  --help           this text
`

/** The result of the arguments: a file, or help; or what is wrong with them. */
export type Outcome =
  | { outcome: 'made'; fileName: string; text: string; directory: string | undefined }
  | { outcome: 'help' }
  | RelayOutcome

/** Parses the arguments of `npm run edge`. The caller prints and writes files. */
export const edgeCommand = (args: readonly string[]): Outcome => {
  if (args[0] === 'relay') return relayCommand(args.slice(1))
  const parsed = parsedArguments(args)
  if (typeof parsed === 'string') return refused(parsed)
  const { values, positionals } = parsed
  if (values.help) return { outcome: 'help' }
  const [what = '', ...rest] = positionals
  if (rest.length > 0) return refused(`unexpected argument ${JSON.stringify(rest[0])}`)
  const file = Object.hasOwn(files, what) ? files[what] : undefined
  if (!file) return refused(`say ${[...Object.keys(files), 'relay'].join(', ')}, or --help`)
  // `--device` for docks would otherwise mean all docks of the broker.
  const strays = Object.keys(values).filter((option) => ![...file.takes, 'out'].includes(option))
  if (strays.length > 0) return refused(...strays.map((option) => `--${option} is not for ${what}`))
  const made = file.make(values)
  return 'problems' in made
    ? refused(...made.problems)
    : { outcome: 'made', fileName: file.name, text: made.text, directory: values.out }
}

const refused = (...problems: string[]): Outcome => ({ outcome: 'refused', problems })

const options = {
  endpoint: { type: 'string' },
  port: { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  dock: { type: 'string', multiple: true },
  device: { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  name: { type: 'string' },
  'local-prefix': { type: 'string' },
  'allow-retained': { type: 'boolean' },
  'insecure-plain': { type: 'boolean' },
  aircraft: { type: 'string', multiple: true },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const

const parsedArguments = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (failure) {
    if (failure instanceof TypeError) return failure.message.split('. To specify')[0] ?? ''
    throw failure
  }
}

type Values = Exclude<ReturnType<typeof parsedArguments>, string>['values']

type Made = { text: string } | { problems: string[] }

const textFrom = <Request>(
  schema: z.ZodType<Request>,
  input: unknown,
  text: (request: Request) => string,
): Made => {
  const request = schema.safeParse(input)
  return request.success ? { text: text(request.data) } : { problems: request.error.issues.map(problem) }
}

const connectionOptions = 'endpoint port ca cert key client-id name allow-retained insecure-plain'.split(' ')

/** The kinds of files, with the options of each. */
const files: Record<string, { name: string; takes: string[]; make: (values: Values) => Made }> = {
  mosquitto: {
    name: 'groundcrew-bridge.conf',
    takes: [...connectionOptions, 'dock', 'local-prefix'],
    make: (values) => textFrom(DockBridgeRequest, dockBridgeInput(values), dockBridge),
  },
  'mosquitto-acl': {
    name: 'groundcrew.acl',
    takes: ['aircraft', 'local-prefix'],
    make: (values) => textFrom(DockAclRequest, dockAclInput(values), dockAcl),
  },
  'mosquitto-devices': {
    name: 'groundcrew-devices.conf',
    takes: [...connectionOptions, 'device'],
    make: (values) => textFrom(DeviceBridgeRequest, deviceBridgeInput(values), deviceBridge),
  },
  'mosquitto-devices-acl': { name: 'groundcrew-devices.acl', takes: [], make: () => ({ text: deviceAcl }) },
}

/** The first machine makes the client id unique among bridges, as it must be. */
const connectionInput = (values: Values, bridgeName: string, defaultClientId: string | undefined) => ({
  endpoint: values.endpoint,
  port: values.port === undefined ? undefined : Number(values.port),
  certificates: values['insecure-plain'] ? undefined : { ca: values.ca, cert: values.cert, key: values.key },
  insecurePlain: values['insecure-plain'],
  allowRetained: values['allow-retained'],
  bridgeName: values.name ?? bridgeName,
  remoteClientId: values['client-id'] ?? defaultClientId,
})

/** An invalid first id is reported once, not again as a client id. */
const named = (prefix: string, schema: z.ZodType<string>, first: string | undefined) =>
  first === undefined ? undefined : `${prefix}-${schema.safeParse(first).data ?? 'unknown'}`

const dockBridgeInput = (values: Values) => ({
  ...connectionInput(values, 'groundcrew', named('groundcrew-edge', SerialNumber, values.dock?.[0])),
  docks: values.dock ?? [],
  localPrefix: values['local-prefix'],
})

const deviceBridgeInput = (values: Values) => ({
  ...connectionInput(values, 'groundcrew-devices', named('groundcrew-devices', DeviceId, values.device?.[0])),
  devices: values.device ?? [],
})

const dockAclInput = (values: Values) => ({
  aircraft: (values.aircraft ?? []).map((pair) => {
    const [dockSn, aircraftSn = ''] = pair.split('=', 2)
    return { dockSn, aircraftSn }
  }),
  localPrefix: values['local-prefix'],
})

const optionOf: Record<string, string> = {
  certificates: '--ca, --cert, --key',
  'certificates.ca': '--ca',
  'certificates.cert': '--cert',
  'certificates.key': '--key',
  docks: '--dock',
  devices: '--device',
  remoteClientId: '--client-id',
  bridgeName: '--name',
  localPrefix: '--local-prefix',
  insecurePlain: '--insecure-plain',
}

const ofItsOwn =
  ': it is made of the first --dock or --device; a bridge for all of the broker’s needs one of its own'

/** An issue of the schemas, in terms of the command line. */
const problem = ({ path, message }: z.core.$ZodIssue): string => {
  const names = path.filter((step) => typeof step === 'string')
  const option = optionOf[names.join('.')] ?? optionOf[names[0] ?? ''] ?? `--${names[0]}`
  if (!message.endsWith('received undefined')) return `${option}: ${message}`
  return `${option} is missing${option === '--client-id' ? ofItsOwn : ''}`
}
