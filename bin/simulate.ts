/**
 * Simulated machines for any broker: `npm run simulate -- --help`. Runs until Ctrl-C or for `--duration`
 * seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import type { DockHandle } from '../simulator/dock/dock.ts'
import { type Faults, parseFaults, settings, toggles } from '../simulator/dock/faults.ts'
import { alarmCode } from '../simulator/dock/online/alarms.ts'
import type { EventSource } from '../simulator/dock/options.ts'
import { startFleet, startTogether } from '../simulator/fleet.ts'
import { startHuaweiFleet } from '../simulator/huawei/fleet.ts'
import { narrateDevice } from '../simulator/huawei/narrate.ts'
import { limits, parseScript, sdkReports, upgradeEvents } from '../simulator/huawei/script.ts'
import { narrate, say, sayOf } from '../simulator/narrate.ts'
import { longestTimerMs } from '../simulator/pace.ts'
import { obeyTyped, typedLines } from '../simulator/typed.ts'
import { faultInWords, inOneLine } from './fault-in-words.ts'
import { runningOver } from './running.ts'

const line = (name: string, does: string) => `  ${name.padEnd(20)} ${does}`
const faultLines = Object.entries({ ...toggles, ...settings }).map(([name, does]) =>
  line(name in settings ? `${name}:…` : name, does),
)
const scriptLines = [
  ...Object.entries(sdkReports).map(([name, does]) => line(name, does)),
  line('failure:…', 'fails, for the reason that has this result code (7)'),
  line('failure:…:…', 'fails so in this share of its upgrades, in percent, and always in the same ones'),
  ...Object.entries(limits).map(([name, does]) => line(`${name}:…`, does)),
  ...Object.entries(upgradeEvents).map(([name, does]) => line(name, does)),
]

const help = `Simulated machines: DJI docks that list logs, upload them and upgrade, and devices that speak Huawei's
IoTDA: they fetch and install what they are offered, and report it as one of the vendor's SDKs does.

  npm run simulate -- [options]

  --mqtt URL           the broker (that of npm start, at whatever port)
  --data DIR           where that npm start keeps its data (.groundcrew)
  --docks N            how many docks (1, with --devices none)
  --devices N          how many devices (none); the backend knows one from its first report on, which it sends
                       when it is asked, or upgrades
  --prefix TEXT        letters and digits in front of every serial number and id (SIM)
  --pace PACE          real: minutes for an export; demo: seconds; instant: no waiting;
                       or the milliseconds between two reports (demo)
  --bind CODE          docks come online with their server as real ones do, and bind themselves with this code
  --organization ID    the organization they bind to, or are bound to (with --bind, or alone)
  --aircraft-sleeps S  such docks' aircraft goes to sleep and wakes, every so many seconds
  --alarm CODE[:LEVEL] every dock raises an alarm of level 0, 1 or 2 (2), such as 0x16100083; may be given several times
  --alarm-seconds S    after which it clears, and comes again after as long (it stands)
  --flies S            every dock flies a task, so many seconds after the one before
  --commands           does what is typed, a line each (below); not for processes in the background
  --dock-firmware VERSION, --aircraft-firmware VERSION
                       what docks and aircraft run in the beginning (as a real Dock 3 did in 2026)
  --fault NAME[:VALUE] a fault of every dock; may be given several times
  --runs VERSION       what every device runs in the beginning (v1.0.0)
  --upgrade-to VERSION every device upgrades to this version as soon as it is there, without any offer
  --script NAME[:…]    how an upgrade goes: one SDK and what happens; may be given several times (documented)
  --downloads N        how many devices download at the same time; the others wait (100)
  --topics TOPICS      bridged: devices use oc/…, as a bridge sends on; native: the vendor's $oc/…, for a broker
                       at the edge, such as the one of npm start on port 1884 (bridged)
  --secret TEXT        devices sign in as at IoTDA, with this as their secret, and not with the two below
  --username NAME      for brokers that ask for one, such as the docks' port of npm start
  --password TEXT      likewise
  --duration SECONDS   stop after this time (until Ctrl-C)
  --verbose            prints every step of a dock, not only beginnings and ends
  --help               this text

Faults: a dock that
${faultLines.join('\n')}

Commands, at all docks:
${Object.entries(typedLines)
  .map(([typed, does]) => line(typed, does))
  .join('\n')}

Scripts: a device that
${scriptLines.join('\n')}

Examples:
  npm run simulate -- --docks 5
  npm run simulate -- --fault networkFailure:1000000 --fault duplicates
  npm run simulate -- --organization north --bind 7K2M-… --mqtt mqtt://127.0.0.1:1885 --username … --password …
  npm run simulate -- --devices 3 --upgrade-to v2.0.0 --script java --script failure:6
  npm run simulate -- --devices 2000 --pace instant --script java --script reboot --script failure:7:3
`

const none: string[] = []
const options = {
  mqtt: { type: 'string' },
  data: { type: 'string' },
  docks: { type: 'string' },
  devices: { type: 'string' },
  prefix: { type: 'string', default: 'SIM' },
  pace: { type: 'string', default: 'demo' },
  bind: { type: 'string' },
  organization: { type: 'string' },
  'aircraft-sleeps': { type: 'string' },
  alarm: { type: 'string', multiple: true, default: none },
  'alarm-seconds': { type: 'string' },
  flies: { type: 'string' },
  commands: { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true, default: none },
  'dock-firmware': { type: 'string' },
  'aircraft-firmware': { type: 'string' },
  runs: { type: 'string' },
  'upgrade-to': { type: 'string' },
  downloads: { type: 'string' },
  script: { type: 'string', multiple: true, default: none },
  topics: { type: 'string' },
  secret: { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  duration: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const Whole = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number)
const Version = z
  .string()
  .regex(/^\P{Cc}{1,256}$/u, 'must be at most 256 characters, none of them a control character')
const AtLeastOne = Whole.refine((number) => number > 0, 'must be at least 1')
/** Node takes a longer time for a millisecond. */
const isInTime = (seconds: number): boolean => seconds * 1000 <= longestTimerMs
const tooLong = `must be at most ${Math.floor(longestTimerMs / 1000)}, which is 24 days`
const Seconds = AtLeastOne.refine(isInTime, tooLong)
const Alarm = z
  .string()
  .refine(
    (text) => alarmCode.test(text.replace(/:[012]$/, '')),
    'must be a code such as 0x16100083, or with a level 0x16100083:1',
  )
  .transform((text) => {
    const [code = '', level = '2'] = text.split(':')
    return { code, level: level === '0' ? 0 : level === '1' ? 1 : 2 } as const
  })
const Asked = z.object({
  mqtt: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: 'must be an address like mqtt://127.0.0.1:1883' })
    .optional(),
  data: z.string().min(1, 'must name a directory').optional(),
  docks: AtLeastOne.optional(),
  devices: AtLeastOne.optional(),
  prefix: z.string().regex(/^[A-Za-z0-9]{0,16}$/, 'must be at most 16 letters and digits'),
  pace: z.union([z.enum(['real', 'demo', 'instant']), Whole.refine((ms) => ms <= longestTimerMs)], {
    error: 'must be real, demo, instant or milliseconds',
  }),
  bind: z.string().min(1, 'must not be empty').optional(),
  organization: z.string().min(1, 'must not be empty').optional(),
  'aircraft-sleeps': Seconds.optional(),
  alarm: z.array(Alarm),
  'alarm-seconds': Seconds.optional(),
  flies: Seconds.optional(),
  commands: z.boolean(),
  fault: z.array(z.string()),
  'dock-firmware': Version.optional(),
  'aircraft-firmware': Version.optional(),
  runs: Version.optional(),
  'upgrade-to': Version.optional(),
  downloads: AtLeastOne.optional(),
  script: z.array(z.string()),
  topics: z.enum(['native', 'bridged'], 'must be native or bridged').optional(),
  secret: z.string().min(1, 'must not be empty').optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  duration: Whole.refine(isInTime, tooLong).optional(),
  verbose: z.boolean(),
  help: z.boolean(),
})

const usageError = (text: string): never => {
  console.error(`${text}\nTry npm run simulate -- --help`)
  process.exit(2)
}

/** Options for machines that are not simulated. */
const misplaced = (asked: z.infer<typeof Asked>): string | undefined => {
  if (asked.organization === undefined && (asked.bind ?? asked['aircraft-sleeps']) !== undefined)
    return '--bind and --aircraft-sleeps are for docks that come online: say with which --organization'
  if (asked.mqtt !== undefined && asked.data !== undefined)
    return '--data finds the broker that --mqtt names: give one of them'
  if (asked['alarm-seconds'] !== undefined && asked.alarm.length === 0)
    return '--alarm-seconds is for the alarms that --alarm raises'
  if (asked.devices === undefined) {
    const given = (['runs', 'upgrade-to', 'downloads', 'topics', 'secret'] as const).find(
      (name) => asked[name] !== undefined,
    )
    const name = asked.script.length > 0 ? 'script' : given
    return name && `--${name} is for devices: say how many with --devices`
  }
  if (asked.docks !== undefined) return undefined
  const given = (['dock-firmware', 'aircraft-firmware', 'flies'] as const).find(
    (name) => asked[name] !== undefined,
  )
  const name = asked.fault.length > 0 ? 'fault' : asked.alarm.length > 0 ? 'alarm' : given
  return name && `--${name} is for docks: say how many with --docks`
}

/** Native topics and IoTDA's login are for the edge port, user names for the docks' port. */
const brokerOf = ({ mqtt, data, topics, secret, username }: z.infer<typeof Asked>): string => {
  if (mqtt !== undefined) return mqtt
  const { mqttUrl, edgeUrl, dockUrl } = runningOver(data)
  if (topics === 'native' || secret !== undefined) return edgeUrl
  return username === undefined ? mqttUrl : dockUrl
}

const readArguments = () => {
  try {
    const read = Asked.safeParse(parseArgs({ options }).values)
    if (!read.success) {
      const [issue] = read.error.issues
      return usageError(`--${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
    }
    const wrong = misplaced(read.data)
    if (wrong) return usageError(wrong)
    const { fault, script, ...asked } = read.data
    return { ...asked, mqtt: brokerOf(read.data), faults: parseFaults(fault), script: parseScript(script) }
  } catch (error) {
    const [sentence = ''] = error instanceof Error ? error.message.split('. To specify') : []
    return usageError(sentence)
  }
}

const stopSignal = (seconds: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    // Keeps the process alive even while no machine is connected.
    const timer = setTimeout(resolve, seconds === undefined ? longestTimerMs : seconds * 1000)
    const stop = () => {
      clearTimeout(timer)
      resolve()
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })

type Arguments = ReturnType<typeof readArguments>

const startMachines = async (asked: Arguments) => {
  const { mqtt: mqttUrl, prefix, pace, faults, script, devices = 0, docks = devices > 0 ? 0 : 1 } = asked
  const { username, password, secret, topics, runs, downloads } = asked
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  const common = { mqttUrl, prefix, pace, ...login }
  const { organization, bind } = asked
  const member = organization !== undefined && {
    organizationId: organization,
    ...(bind !== undefined && { bindingCode: bind }),
  }
  const began = (dock: EventSource) => narrate(dock, { everyStep: asked.verbose })
  const { 'dock-firmware': dock, 'aircraft-firmware': aircraft } = asked
  const firmware = { ...(dock !== undefined && { dock }), ...(aircraft !== undefined && { aircraft }) }
  const ofDocks = startFleet({ ...common, docks, faults, began, firmware, ...(member && { member }) })
  const only = { ...(secret !== undefined && { secret }), ...(topics && { topics }) }
  const begins = {
    ...(runs !== undefined && { version: runs }),
    ...(downloads && { downloadsAtOnce: downloads }),
  }
  const ofDevices = startHuaweiFleet({ ...common, ...only, ...begins, devices, script })
  const { close } = await startTogether<{ close: () => Promise<void> }>([ofDocks, ofDevices])
  return { docks: (await ofDocks).docks, devices: (await ofDevices).devices, close }
}

/** Puts all aircraft to sleep and wakes them, alternately. */
const sleepAndWake = (docks: readonly DockHandle[], faults: Faults, seconds: number): void => {
  let asleep = faults.aircraftOff ?? false
  setInterval(() => {
    asleep = !asleep
    for (const dock of docks) {
      say(dock, asleep ? 'its aircraft goes to sleep' : 'its aircraft wakes')
      dock
        .setFaults({ ...faults, aircraftOff: asleep })
        .catch((error: unknown) => say(dock, String(error), 'red'))
    }
  }, seconds * 1000).unref()
}

/** Raises alarms at all docks at once; alternately with clearing them, if they clear. */
const raiseAlarms = (docks: readonly DockHandle[], { alarm, 'alarm-seconds': seconds }: Arguments): void => {
  let isUp = false
  const turn = () => {
    isUp = !isUp
    for (const dock of docks) {
      if (isUp) for (const one of alarm) dock.raiseAlarm(one)
      else dock.clearAlarm()
      say(dock, isUp ? `raises ${alarm.map(({ code }) => code).join(', ')}` : 'its alarms have cleared')
    }
  }
  if (alarm.length === 0) return
  turn()
  if (seconds !== undefined) setInterval(turn, seconds * 1000).unref()
}

const flyAgain = async (dock: DockHandle, seconds: number): Promise<void> => {
  for (;;) {
    await sleep(seconds * 1000, undefined, { ref: false })
    say(dock, 'flies')
    say(dock, `has flown ${await dock.fly()}`)
  }
}

/** The broker's address, for error messages. */
let broker = ''

const main = async (): Promise<void> => {
  const asked = readArguments()
  broker = asked.mqtt
  if (asked.help) return void process.stdout.write(help)
  const { docks, devices, close } = await startMachines(asked)
  const stopped = stopSignal(asked.duration)
  for (const dock of docks) {
    say(dock, `ready on ${asked.mqtt} with aircraft ${dock.aircraftSn}`)
  }
  const sleeps = asked['aircraft-sleeps']
  if (sleeps !== undefined) sleepAndWake(docks, asked.faults, sleeps)
  raiseAlarms(docks, asked)
  if (asked.commands) obeyTyped(docks, process.stdin)
  const { flies } = asked
  if (flies !== undefined)
    for (const dock of docks) flyAgain(dock, flies).catch((error: unknown) => say(dock, String(error), 'red'))
  for (const device of devices) {
    narrateDevice(device)
    sayOf(device.deviceId, `ready on ${asked.mqtt} with ${device.version}`)
    const version = asked['upgrade-to']
    if (version !== undefined)
      device.upgrade(version).catch((error: unknown) => sayOf(device.deviceId, String(error), 'red'))
  }
  await stopped
  for (const { events } of docks) events.removeAllListeners()
  for (const { events } of devices) events.removeAllListeners()
  // A broker that is gone answers no disconnect.
  await Promise.race([close(), sleep(2_000)])
  console.log('stopped')
  process.exit(0)
}

const atStart = 'npm start prints the addresses of its brokers, and the secret of its devices'

/** Why the broker cannot be used, and what to change. */
const remedyFor = (error: unknown): string => {
  const problem = inOneLine(error)
  if (/not authori[sz]ed|bad username|banned|bad auth/i.test(problem))
    return `it refuses the login (${problem}). Are --username and --password, or the --secret of devices, those of this broker? ${atStart}.`
  if (/identifier rejected/i.test(problem))
    return `it refuses the client id (${problem}): take another --prefix.`
  const isAway = faultInWords(error) !== undefined
  return isAway
    ? `${problem}. Is a broker there? ${atStart}; --mqtt names another.`
    : `it does not answer as an MQTT broker does (${problem}). Is --mqtt the address of one, and not of HTTP? ${atStart}.`
}

await main().catch((error: unknown) => {
  console.error(`Cannot run the machines at ${broker}: ${remedyFor(error)}`)
  process.exit(1)
})
