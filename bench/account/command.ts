import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { runningOver } from '../../bin/running.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'

export const help = `Measures how soon a running backend shows what a dock says: publishes as a dock, and asks the API until it is seen.
It plays the dock itself; nothing else may be connected as that dock.

  npm run measure -- [options]

  --url URL            the API, ApiUrl in the outputs of the deployment (that of npm start, at whatever port)
  --token TOKEN        a token with the permissions admin, operate and read (GROUNDCREW_TOKEN)
  --mqtt URL           the broker (that of npm start); in an account mqtts://<endpoint>:8883
  --data DIR           where that npm start keeps its data (.groundcrew)
  --dock SERIAL        a serial number that no dock of yours has (MEASURE7CTDM001); it is the client id, too
  --cert, --key FILE   the dock's certificate and key, with the policy DockPolicyName; or
  --username, --password TEXT   the dock's account, with dockLogin=on, or what a broker of yours wants
  --ca FILE            root certificates of the broker (those of Node)
  --rounds N           how often; a round is an upload with one percentage and one end (20)
  --poll-ms N          milliseconds between two looks (100); the API of a deployment takes 50 requests a second
  --most-messages N    the budget: MQTT messages and requests together, 2000; what would go beyond it is not begun
  --most-dollars N     the budget in US dollars by list prices of us-east-1 (0.05)
  --json               prints the figures as JSON
  --help               this text

It registers the dock if need be, in the fleet \`measure\`, and leaves it and its failed uploads there. Each round ends with
\`failed\`, so nothing is stored and nothing is retried. Ctrl-C ends it; may be repeated.
The exit status is 0 if all rounds were measured, 1 if not, or if the budget was spent, 2 if this was called wrongly.
`

const number = (name: string, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `--${name} must be a whole number`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, `--${name} must be from 1 to ${most}`)

const File = z.string().transform((path, context) => {
  try {
    return readFileSync(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    context.addIssue({ code: 'custom', message: `the file cannot be read: ${reason}` })
    return z.NEVER
  }
})

const Asked = z.object({
  url: z
    .url({ protocol: /^https?$/, error: '--url must be an address, https://…' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  token: z
    .string()
    .regex(/^[\w.~+/=-]+$/, '--token must be a token: letters, digits and -._~+/=')
    .optional(),
  mqtt: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: '--mqtt must be an address like mqtts://…:8883' })
    .optional(),
  data: z.string().min(1, '--data must name a directory').optional(),
  dock: z.string().regex(dockSnPattern, '--dock must be a serial number: letters and digits'),
  cert: File.optional(),
  key: File.optional(),
  ca: File.optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  rounds: number('rounds', 10_000),
  'poll-ms': number('poll-ms', 60_000),
  'most-messages': number('most-messages', 1_000_000),
  'most-dollars': z
    .string()
    .regex(/^\d{1,4}(\.\d{1,6})?$/, '--most-dollars must be a number such as 0.05')
    .transform(Number),
  json: z.boolean(),
  help: z.boolean(),
})
export type Asked = z.infer<typeof Asked> & { url: string; mqtt: string }

const text = (value?: string) => ({
  type: 'string' as const,
  ...(value === undefined ? {} : { default: value }),
})
const options = {
  url: text(),
  token: text(process.env.GROUNDCREW_TOKEN || undefined),
  mqtt: text(),
  data: text(),
  dock: text('MEASURE7CTDM001'),
  cert: text(),
  key: text(),
  ca: text(),
  username: text(),
  password: text(),
  rounds: text('20'),
  'poll-ms': text('100'),
  'most-messages': text('2000'),
  'most-dollars': text('0.05'),
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** @throws Error with a message for the user. */
export const readArguments = (args: string[]): Asked => {
  const read = Asked.safeParse(parseArgs({ args, options }).values)
  if (!read.success)
    throw new Error(
      read.error.issues
        .map(({ message, path: [name] }) =>
          message.startsWith('--') ? message : `--${String(name)}: ${message}`,
        )
        .join('\n'),
    )
  const { cert, key, url, mqtt, data } = read.data
  if ((cert === undefined) !== (key === undefined)) throw new Error('--cert and --key go together')
  if ((url === undefined) !== (mqtt === undefined)) throw new Error('--url and --mqtt go together')
  if (url === undefined || mqtt === undefined) {
    const local = runningOver(data)
    return { ...read.data, url: local.url, mqtt: local.mqttUrl }
  }
  if (data !== undefined) throw new Error('--data finds what --url and --mqtt name: give one of them')
  return { ...read.data, url, mqtt }
}
