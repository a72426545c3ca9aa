/** Groundcrew on this machine, without AWS: `npm start`, or `npm start -- --help`. Runs until Ctrl-C. */
import { join, resolve } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import * as z from 'zod'
import { builtConsole, consoleFolder } from '../lib/console/console-bundle.ts'
import { consoleHeaders } from '../lib/console/console-headers.ts'
import { WrongOptions } from '../lib/options/wrong-options.ts'
import { DataInUseError, forget, UnusableDataError } from '../local/data-directory.ts'
import { LicenceFileError, withDockServer } from '../local/dock-server.ts'
import { MinioError, prepareMinio } from '../local/minio.ts'
import { PortInUseError } from '../local/servers.ts'
import { type LocalDeployment, start } from '../local/start.ts'
import { DamagedStateError, writeStateFile } from '../local/state-file.ts'
import { pathShown } from '../redrive/local-data.ts'
import { narrateDevice } from '../simulator/huawei/narrate.ts'
import { narrate } from '../simulator/narrate.ts'
import { obeyTyped, typedLines } from '../simulator/typed.ts'
import { demoDeviceId, startDemoDevice } from './demo-device.ts'
import { demoDock, startDemoDock } from './demo-dock.ts'
import { faultInWords } from './fault-in-words.ts'
import { usualData } from './running.ts'

const help = `Groundcrew on this machine: the stack that cdk deploy creates, in one process, without AWS.

  npm start -- [options]

  --port N        HTTP API (3000); 0 takes any free port
  --mqtt-port N   MQTT broker (1883)
  --edge-port N   the broker as devices behind an edge bridge see it (1884)
  --dock-port N   the broker for docks that log in with an account (1885)
  --data DIR      where data is stored (.groundcrew)
  --fresh         deletes the data of earlier runs
  --no-demo       without the simulated dock and device
  --auth          refuses requests without a token, as AWS does, and devices at the edge without IoTDA's login
  --provider P    where archives go: aws, the object storage of this process (default), or minio, a server of yours
  --minio-url URL the MinIO server (http://127.0.0.1:9000); MINIO_ROOT_USER and MINIO_ROOT_PASSWORD open it
  --licence FILE  the values of your app at DJI, as JSON { appId, appKey, appLicense }, for docks that connect here;
                  without it they get made-up ones, which only simulated docks take
  --events        prints each published event, as a line of JSON, as EventBridge delivers it
  --commands      reads commands for the demo dock from the terminal, one a line: ${Object.keys(typedLines).join(', ')}
  --verbose       shows what the functions log
  --help          this text

Requests without a token are yours as the local operator, unless --auth; a bad token is always refused.
`

const options = {
  port: { type: 'string', default: '3000' },
  'mqtt-port': { type: 'string', default: '1883' },
  'edge-port': { type: 'string', default: '1884' },
  'dock-port': { type: 'string', default: '1885' },
  data: { type: 'string', default: usualData },
  fresh: { type: 'boolean', default: false },
  'no-demo': { type: 'boolean', default: false },
  auth: { type: 'boolean', default: false },
  provider: { type: 'string', default: 'aws' },
  'minio-url': { type: 'string', default: 'http://127.0.0.1:9000' },
  licence: { type: 'string' },
  events: { type: 'boolean', default: false },
  commands: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const Port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((port) => port <= 65_535, 'must be 65535 or less')
const Asked = z.object({
  port: Port,
  'mqtt-port': Port,
  'edge-port': Port,
  'dock-port': Port,
  data: z
    .string()
    .min(1, 'must name a directory')
    .transform((path) => resolve(path)),
  fresh: z.boolean(),
  'no-demo': z.boolean(),
  auth: z.boolean(),
  provider: z.enum(['aws', 'minio'], 'must be aws or minio: the others have no server to run here'),
  'minio-url': z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
  licence: z.string().min(1, 'must name a file').optional(),
  events: z.boolean(),
  commands: z.boolean(),
  verbose: z.boolean(),
  help: z.boolean(),
})
type Asked = z.infer<typeof Asked>

const usageError = (text: string): never => {
  console.error(`${text}\nTry npm start -- --help`)
  process.exit(2)
}

const readArguments = (): Asked => {
  try {
    const read = Asked.safeParse(parseArgs({ options }).values)
    if (read.success) return read.data
    const [issue] = read.error.issues
    return usageError(`--${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
  } catch (error) {
    const [sentence = ''] = error instanceof Error ? error.message.split('. To specify') : []
    return usageError(sentence)
  }
}

const tokenSeconds = 12 * 3600

const nextCommands = (url: string, header: string): string => {
  const dock = `${url}/v1/docks/${demoDock.dockSn}`
  const device = `${url}/v1/devices/${demoDeviceId}`
  return `Next, ask the demo dock which logs it has, and read its answer:

  curl -X POST ${dock}/log-listings${header} -d '{}'
  curl ${dock}/logs${header}

Or have the demo device upgraded, and see how that goes:

  curl -X POST ${device}/upgrade-attempts${header} -d '{ "package": "firmware", "targetVersion": "v2.0.0" }'
  curl ${device}/upgrade${header}
`
}

/** Writes the token to a file that only this user can read; a start replaces it. */
const keepColleague = async (stack: LocalDeployment, { data }: Asked): Promise<string> => {
  const file = join(data, 'colleague.token')
  const groups = ['read', 'operate']
  writeStateFile(file, await stack.token({ sub: 'colleague', groups, expiresInSeconds: tokenSeconds }))
  return file
}

/** The command that deletes this data, and no other. */
const forgetting = (data: string): string =>
  data === usualData ? 'npm start -- --fresh' : `npm start -- --data ${pathShown(data)} --fresh`

const banner = async (stack: LocalDeployment, asked: Asked): Promise<string> => {
  const token = await stack.token({ sub: 'operator', groups: ['admin'], expiresInSeconds: tokenSeconds })
  const seconds = process.uptime().toFixed(1)
  const line = (name: string, value: string, note = '') =>
    `  ${name.padEnd(10)} ${styleText('cyan', value)}${note && `   ${styleText('dim', note)}`}`
  return [
    `${styleText('bold', 'Groundcrew runs')}, ready in ${seconds} s. Ctrl-C stops it.`,
    '',
    line(
      'console',
      `${stack.url}/`,
      consoleFolder().isBuilt ? '' : 'built at the first visit, in some ten seconds',
    ),
    line('HTTP', stack.url),
    line('MQTT', stack.mqttUrl),
    line('edge', stack.edgeUrl, "the same broker for devices with Huawei's own topics, $oc/…"),
    line('docks', stack.dockUrl, 'the same broker for docks that log in with an account: docs/edge.md'),
    ...(stack.deviceSecret === undefined
      ? []
      : [line('secret', stack.deviceSecret, "of every device, for IoTDA's login at the edge: docs/edge.md")]),
    asked.provider === 'minio'
      ? line('storage', asked['minio-url'], 'MinIO')
      : line('storage', stack.storageUrl, 'S3'),
    ...(stack.downloadsUrl === undefined
      ? []
      : [line('downloads', stack.downloadsUrl, 'CloudFront, for packages with the offer v1')]),
    line(
      'licence',
      asked.licence ?? 'made up',
      asked.licence ? 'what docks get' : 'real docks need --licence',
    ),
    line('data', pathShown(asked.data), `${forgetting(asked.data)} forgets it`),
    '',
    asked['no-demo'] ? '' : nextCommands(stack.url, asked.auth ? ' -H "authorization: Bearer $TOKEN"' : ''),
    // Near the end, because it is long.
    line(
      'token',
      token,
      asked.auth ? 'for 12 hours; every request needs one' : 'for 12 hours; needed with --auth',
    ),
    line(
      'colleague',
      pathShown(await keepColleague(stack, asked)),
      'the token of a second person, who may approve what you have made',
    ),
  ].join('\n')
}

let isStopping = false

/** Resolves at the first Ctrl-C; a second one does not wait for anything. */
const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const onSignal = (): void => {
      isStopping = true
      process.once('SIGINT', () => process.exit(130))
      resolve()
    }
    process.once('SIGINT', onSignal)
    process.once('SIGTERM', onSignal)
  })

/** The demo machines. If one cannot start, the other ends with the stack. */
const startDemo = async (stack: LocalDeployment) => {
  const [dock, { device, close }] = await Promise.all([startDemoDock(stack), startDemoDevice(stack)])
  return {
    narrate: () => {
      narrate(dock, { everyStep: false })
      narrateDevice(device)
    },
    obey: () => obeyTyped([dock], process.stdin),
    close: () => Promise.all([dock.close(), close()]),
  }
}

/**
 * The options for storage other than the stack's own. The key pair is in the environment, never on a command
 * line.
 */
const storageOf = async (asked: Asked) => {
  if (asked.provider === 'aws') return { context: { packageDownloads: 'on' } }
  const { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey } = process.env
  if (!accessKeyId || !secretAccessKey)
    throw new MinioError('--provider minio needs MINIO_ROOT_USER and MINIO_ROOT_PASSWORD in the environment')
  return prepareMinio({ url: asked['minio-url'], accessKeyId, secretAccessKey })
}

const main = async (): Promise<void> => {
  const asked = readArguments()
  if (asked.help) return void process.stdout.write(help)
  // Report unusable options before deleting any data.
  const settings = withDockServer(await storageOf(asked), asked.licence)
  if (asked.fresh) forget(asked.data)
  const stopped = stopSignal()
  const building = new AbortController()
  const stack = await start({
    ...settings,
    dataDirectory: asked.data,
    port: asked.port,
    mqttPort: asked['mqtt-port'],
    edgePort: asked['edge-port'],
    dockPort: asked['dock-port'],
    auth: asked.auth,
    console: { files: () => builtConsole(building.signal), headers: consoleHeaders },
    warn: (text) => console.error(styleText('yellow', text)),
    ...(asked.events ? { onEvent: (event) => console.log(JSON.stringify(event)) } : {}),
    ...(asked.verbose ? { log: (source, text) => console.log(styleText('dim', source), text) } : {}),
  })
  try {
    const demo = asked['no-demo'] ? undefined : await startDemo(stack)
    console.log(await banner(stack, asked))
    demo?.narrate()
    const typed = asked.commands ? demo?.obey() : undefined
    await Promise.race([stopped, stack.warm().then(() => stopped)])
    typed?.close()
    await demo?.close()
    console.log('Stopped; the data stays.')
  } finally {
    building.abort()
    await stack.stop()
  }
}

const known = [
  PortInUseError,
  MinioError,
  DataInUseError,
  DamagedStateError,
  LicenceFileError,
  UnusableDataError,
  WrongOptions,
]

/** Our own bugs show their stack trace. */
const messageOf = (error: unknown): unknown => {
  if (error instanceof Error && known.some((kind) => error instanceof kind)) return error.message
  const words = faultInWords(error)
  return words === undefined ? error : `Cannot run: ${words}.`
}

await main().catch((error: unknown) => {
  // Ctrl-C also reaches the child processes of the start, which then report errors.
  if (isStopping) console.error('Stopped before it was ready.')
  else console.error(messageOf(error))
  process.exit(isStopping ? 130 : 1)
})
