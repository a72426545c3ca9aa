import { parseArgs } from 'node:util'
import type * as z from 'zod'
import { AclRequest, BridgeRequest, SerialNumber } from './bridge-request.ts'
import { mosquittoAcl } from './mosquitto-acl.ts'
import { mosquittoBridge } from './mosquitto-bridge.ts'

/** What `npm run edge -- --help` prints. */
export const help = `Configuration for a Mosquitto broker that docks already use. docs/edge.md is the guide.

  npm run edge -- mosquitto --endpoint HOST --ca FILE --cert FILE --key FILE --dock SN [--dock SN ...] [--out DIR]
  npm run edge -- mosquitto-acl [--aircraft DOCK_SN=AIRCRAFT_SN ...] [--out DIR]

mosquitto: the bridge to AWS IoT Core, groundcrew-bridge.conf
  --endpoint       data endpoint of the account: aws iot describe-endpoint --endpoint-type iot:Data-ATS
  --port           8883
  --ca, --cert, --key
                   absolute paths on the broker's machine: Amazon's root CA, the bridge's certificate, its key
  --dock           serial number, once for each dock; without any, every dock of the broker
  --client-id      MQTT client id at AWS, here with -1, -2 ... added; each broker needs its own
                   (groundcrew-edge-<first dock>)
  --name           what the broker's log calls the bridge (groundcrew)
  --local-prefix   what the broker puts before the vendor's topics, such as site-a/
  --insecure-plain no TLS and no certificates, for an endpoint on this machine only

mosquitto-acl: which dock may use which topics, groundcrew.acl
  --aircraft       a dock and the aircraft it reports for, once for each pair
  --local-prefix   as above

  --out            write the file into this directory; otherwise it is printed
  --help           this text
`

/** What the arguments ask for: a file, or help; or what is wrong with them. */
export type Outcome =
  | { outcome: 'made'; fileName: string; text: string; directory: string | undefined }
  | { outcome: 'help' }
  | { outcome: 'refused'; problems: string[] }

/** Reads the arguments of `npm run edge`. Printing and writing files are the caller's. */
export const edgeCommand = (args: readonly string[]): Outcome => {
  const parsed = parsedArguments(args)
  if (typeof parsed === 'string') return { outcome: 'refused', problems: [parsed] }
  const { values, positionals } = parsed
  if (values.help) return { outcome: 'help' }
  const make = <Request>(
    schema: z.ZodType<Request>,
    input: unknown,
    text: (request: Request) => string,
    fileName: string,
  ): Outcome => {
    const request = schema.safeParse(input)
    return request.success
      ? { outcome: 'made', fileName, text: text(request.data), directory: values.out }
      : { outcome: 'refused', problems: request.error.issues.map(problem) }
  }
  const [what, ...rest] = positionals
  if (rest.length > 0)
    return { outcome: 'refused', problems: [`unexpected argument ${JSON.stringify(rest[0])}`] }
  if (what === 'mosquitto')
    return make(BridgeRequest, bridgeInput(values), mosquittoBridge, 'groundcrew-bridge.conf')
  if (what === 'mosquitto-acl') return make(AclRequest, aclInput(values), mosquittoAcl, 'groundcrew.acl')
  return { outcome: 'refused', problems: ['say mosquitto or mosquitto-acl, or --help'] }
}

const options = {
  endpoint: { type: 'string' },
  port: { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  dock: { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  name: { type: 'string' },
  'local-prefix': { type: 'string' },
  'insecure-plain': { type: 'boolean' },
  aircraft: { type: 'string', multiple: true },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const

const parsedArguments = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (failure) {
    if (failure instanceof TypeError) return failure.message
    throw failure
  }
}

type Values = Exclude<ReturnType<typeof parsedArguments>, string>['values']

const bridgeInput = (values: Values) => ({
  endpoint: values.endpoint,
  port: values.port === undefined ? undefined : Number(values.port),
  certificates: values['insecure-plain'] ? undefined : { ca: values.ca, cert: values.cert, key: values.key },
  insecurePlain: values['insecure-plain'],
  docks: values.dock ?? [],
  bridgeName: values.name ?? 'groundcrew',
  remoteClientId: values['client-id'] ?? defaultClientId(values.dock?.[0]),
  localPrefix: values['local-prefix'],
})

/** The first dock makes it differ from other brokers' ids, as it must. A bad serial number is reported as such. */
const defaultClientId = (dock: string | undefined): string | undefined =>
  dock === undefined ? undefined : `groundcrew-edge-${SerialNumber.safeParse(dock).data ?? 'unknown'}`

const aclInput = (values: Values) => ({
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
  remoteClientId: '--client-id',
  bridgeName: '--name',
  localPrefix: '--local-prefix',
  insecurePlain: '--insecure-plain',
}

/** An issue of the schemas in the words of the command line. */
const problem = ({ path, message }: z.core.$ZodIssue): string => {
  const names = path.filter((step) => typeof step === 'string')
  const option = optionOf[names.join('.')] ?? optionOf[names[0] ?? ''] ?? `--${names[0]}`
  return message.endsWith('received undefined') ? `${option} is missing` : `${option}: ${message}`
}
