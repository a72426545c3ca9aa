/** Simulated docks against any broker: `npm run simulate -- --help`. Runs until Ctrl-C or for `--duration` seconds. */
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { parseFaults, settings, toggles } from '../simulator/faults.ts'
import { startFleet } from '../simulator/fleet.ts'
import { narrate, say } from '../simulator/narrate.ts'

const faultLines = Object.entries({ ...toggles, ...settings }).map(
  ([name, does]) => `  ${(name in settings ? `${name}:…` : name).padEnd(20)} ${does}`,
)

const help = `Simulated DJI docks: they list logs and upload them as real ones do.

  npm run simulate -- [options]

  --mqtt URL           the broker (mqtt://127.0.0.1:1883)
  --docks N            how many docks (1)
  --prefix TEXT        letters and digits in front of every serial number (none)
  --pace PACE          real: minutes for an export; demo: seconds; instant: no waiting;
                       or the milliseconds between two reports (demo)
  --fault NAME[:VALUE] something wrong with every dock; may be given several times
  --username NAME      for brokers that ask for one
  --password TEXT      likewise
  --duration SECONDS   stop after this time (until Ctrl-C)
  --help               this text

Faults: a dock that
${faultLines.join('\n')}

Examples:
  npm run simulate -- --docks 5 --prefix SIM
  npm run simulate -- --fault networkFailure:1000000 --fault duplicates
`

const noFaults: string[] = []
const options = {
  mqtt: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
  docks: { type: 'string', default: '1' },
  prefix: { type: 'string', default: '' },
  pace: { type: 'string', default: 'demo' },
  fault: { type: 'string', multiple: true, default: noFaults },
  username: { type: 'string' },
  password: { type: 'string' },
  duration: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const Whole = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number)
const Asked = z.object({
  mqtt: z.url({ protocol: /^(mqtts?|wss?)$/, error: 'must be an address like mqtt://127.0.0.1:1883' }),
  docks: Whole.refine((docks) => docks > 0, 'must be at least 1'),
  prefix: z.string().regex(/^[A-Za-z0-9]{0,16}$/, 'must be at most 16 letters and digits'),
  pace: z.union([z.enum(['real', 'demo', 'instant']), Whole], {
    error: 'must be real, demo, instant or milliseconds',
  }),
  fault: z.array(z.string()),
  username: z.string().optional(),
  password: z.string().optional(),
  duration: Whole.optional(),
  help: z.boolean(),
})

const usageError = (text: string): never => {
  console.error(`${text}\nTry npm run simulate -- --help`)
  process.exit(2)
}

const readArguments = () => {
  try {
    const read = Asked.safeParse(parseArgs({ options }).values)
    if (read.success) return { ...read.data, faults: parseFaults(read.data.fault) }
    const [issue] = read.error.issues
    return usageError(`--${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
  } catch (error) {
    const [sentence = ''] = error instanceof Error ? error.message.split('. To specify') : []
    return usageError(sentence)
  }
}

const stopSignal = (seconds: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    if (seconds !== undefined) setTimeout(resolve, seconds * 1000).unref()
  })

const main = async (): Promise<void> => {
  const { mqtt, help: wantsHelp, fault: _, duration, username, password, ...asked } = readArguments()
  if (wantsHelp) return void process.stdout.write(help)
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  const fleet = await startFleet({ ...asked, ...login, mqttUrl: mqtt })
  for (const dock of fleet.docks) {
    narrate(dock, { everyStep: true })
    say(dock, `ready on ${mqtt} with aircraft ${dock.aircraftSn}`)
  }
  await stopSignal(duration)
  for (const dock of fleet.docks) dock.events.removeAllListeners()
  await fleet.close()
  console.log('stopped')
}

await main().catch((error: unknown) => {
  console.error(`Cannot run the docks: ${error instanceof Error ? error.message : String(error)}`)
  console.error('Is a broker there? npm start brings one on mqtt://127.0.0.1:1883')
  process.exitCode = 1
})
