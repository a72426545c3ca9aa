import { existsSync, readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { limits } from '../aws-limits.ts'
import { hostName, isLoopback, SerialNumber } from '../bridge-request.ts'
import { downward } from './topics.ts'

/** The text of `npm run edge -- relay --help`. */
export const relayHelp = `A process beside the broker that DJI docks use: it hands remote logs, changes of the alarms and what needs an
answer to AWS IoT Core, drops the rest, and announces which docks are there. docs/edge.md compares it with a bridge.

  npm run edge -- relay --endpoint HOST --ca FILE --cert FILE --key FILE [--dock SN ...] [options]

  --endpoint       data endpoint of the account: aws iot describe-endpoint --endpoint-type iot:Data-ATS
  --port           8883
  --ca, --cert, --key
                   Amazon's root CA, the relay's certificate, its key
  --client-id      MQTT client id at AWS, one for each relay (groundcrew-relay-<first dock>)
  --dock           serial number, once for each dock; without any, every dock of the broker
  --platform       Groundcrew is the docks' only platform: what they ask for goes to it, too

  --broker URL     the docks' broker (mqtt://127.0.0.1:1883)
  --username       its user for the relay; the password comes from the variable RELAY_BROKER_PASSWORD
  --local-prefix   what the broker puts before the docks' topics, such as site-a/

  --spool DIR      what AWS has not taken yet (groundcrew-spool)
  --spool-mb N     the most of it; beyond, the oldest is dropped, and said (64)
  --insecure-plain no TLS and no certificates, for an endpoint on this machine only
  --help           this text

It runs until it is stopped; a restart loses nothing. Try it against npm start:
  npm run edge -- relay --endpoint 127.0.0.1 --port 1883 --insecure-plain --broker mqtt://127.0.0.1:1888
`

const options = {
  endpoint: { type: 'string' },
  port: { type: 'string', default: '' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'client-id': { type: 'string' },
  dock: { type: 'string', multiple: true, default: [] as string[] },
  platform: { type: 'boolean', default: false },
  broker: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
  username: { type: 'string' },
  'local-prefix': { type: 'string', default: '' },
  spool: { type: 'string', default: 'groundcrew-spool' },
  'spool-mb': { type: 'string', default: '64' },
  'insecure-plain': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const file = (what: string) =>
  z
    .string({ error: `is missing: ${what}` })
    .refine((path) => existsSync(path), { error: 'there is no such file', abort: true })
    .refine((path) => statSync(path).isFile(), { error: 'is no file' })

const port = { error: 'is not a port from 1 to 65535' }

const Request = z
  .object({
    endpoint: z
      .string({ error: 'is missing' })
      .regex(hostName, { error: 'is not a host name (no scheme, port or path)' }),
    port: z.coerce.number(port).int(port).min(1, port).max(65_535, port).optional(),
    certificates: z
      .object({ ca: file('a file with the root CA'), cert: file('the certificate'), key: file('its key') })
      .optional(),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, { error: 'takes letters, digits, _ . -' }),
    docks: z
      .array(SerialNumber)
      .refine((docks) => new Set(docks).size === docks.length, { error: 'names a dock twice' }),
    platform: z.boolean(),
    broker: z.url({ protocol: /^mqtts?$/, error: 'is no address such as mqtt://127.0.0.1:1883' }),
    username: z.string().optional(),
    prefix: z
      .string()
      .regex(/^([^\s\p{Cc}+#"$/][^\s\p{Cc}+#"]*\/)?$/u, { error: 'is not a topic prefix such as "site-a/"' }),
    spool: z.string().min(1),
    spoolMb: z.coerce
      .number()
      .int({ error: 'is no whole number' })
      .min(1, { error: 'is at least 1' })
      .max(100_000),
  })
  .superRefine(({ endpoint, certificates, docks, platform }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (!certificates && !isLoopback(endpoint))
      refuse(
        'insecurePlain',
        'is only for an endpoint on this machine: without TLS others can listen and pose',
      )
    const each = downward('+', platform).length
    if (docks.length * each > limits.subscriptions)
      refuse(
        'docks',
        `at most ${Math.floor(limits.subscriptions / each)} are one relay's; run another for the rest`,
      )
  })

/** The configuration of a relay. */
export type RelayRequest = z.infer<typeof Request>

export type RelayOutcome =
  | { outcome: 'relay'; request: RelayRequest }
  | { outcome: 'relayHelp' }
  | { outcome: 'refused'; problems: string[] }

/** Parses the arguments after `relay`. */
export const relayCommand = (args: readonly string[]): RelayOutcome => {
  const values = valuesIn(args)
  if (typeof values === 'string') return { outcome: 'refused', problems: [values] }
  if (values.help) return { outcome: 'relayHelp' }
  const { ca, cert, key } = values
  const request = Request.safeParse({
    ...values,
    port: values.port || undefined,
    certificates: values['insecure-plain'] ? undefined : { ca, cert, key },
    clientId:
      values['client-id'] ??
      `groundcrew-relay-${SerialNumber.safeParse(values.dock[0] ?? 'all').data ?? 'unknown'}`,
    docks: values.dock,
    prefix: values['local-prefix'],
    spoolMb: values['spool-mb'],
  })
  if (request.success) return { outcome: 'relay', request: request.data }
  return {
    outcome: 'refused',
    problems: request.error.issues.map(({ path, message }) => `--${optionOf(path)}: ${message}`),
  }
}

const valuesIn = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (failure) {
    if (failure instanceof TypeError) return failure.message.split('. To specify')[0] ?? ''
    throw failure
  }
}

const renamed: Record<string, string> = {
  clientId: 'client-id',
  docks: 'dock',
  prefix: 'local-prefix',
  spoolMb: 'spool-mb',
  insecurePlain: 'insecure-plain',
}

const optionOf = (path: readonly PropertyKey[]): string => {
  const name = String(path.findLast((step) => typeof step === 'string') ?? '')
  return renamed[name] ?? name
}

/** The connections of a relay to both sides. Reads the certificates. */
export const connectionsOf = (request: RelayRequest, password: string | undefined) => {
  const { endpoint, certificates, username } = request
  const files = certificates && {
    ca: readFileSync(certificates.ca),
    cert: readFileSync(certificates.cert),
    key: readFileSync(certificates.key),
  }
  const address = `${files ? 'mqtts' : 'mqtt'}://${endpoint}:${request.port ?? (files ? 8883 : 1883)}`
  return {
    cloud: { url: address, options: { clientId: request.clientId, ...files } },
    local: {
      url: request.broker,
      options: {
        clientId: request.clientId,
        ...(username ? { username } : {}),
        ...(password ? { password } : {}),
      },
    },
  }
}
