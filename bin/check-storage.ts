/**
 * Checks storage through a running backend, as docks would use it: `npm run check-storage -- --help`. May be
 * repeated.
 */
import { parseArgs, styleText } from 'node:util'
import * as z from 'zod'
import { inOneLine } from './fault-in-words.ts'
import { runningOver } from './running.ts'

const help = `Tries storage as docks and the backend use it, and reports for each step whether it works, why not, and what to change.

  npm run check-storage -- [options]

  --url URL       the API, ApiUrl in the outputs of the deployment (that of npm start, at whatever port)
  --data DIR      where that npm start keeps its data (.groundcrew)
  --token TOKEN   a token with the permission admin; docs/deploy.md says how to get one (GROUNDCREW_TOKEN)
  --json          prints the answer as it came
  --help          this text

The exit status is 0 if all is well, 1 if a step failed or no answer came, 2 if this was called wrongly.
It stores a few bytes in the folder groundcrew/storage-check of the bucket, and removes them. docs/storage.md has the steps.
`

const Asked = z.object({
  url: z.url({ protocol: /^https?$/, error: '--url must be an address, https://…' }).optional(),
  data: z.string().min(1, '--data must name a directory').optional(),
  token: z
    .string()
    .regex(/^[\w.~+/=-]+$/, '--token must be a token: letters, digits and -._~+/=')
    .optional(),
  json: z.boolean(),
  help: z.boolean(),
})

const options = {
  url: { type: 'string' },
  data: { type: 'string' },
  token: { type: 'string', default: process.env.GROUNDCREW_TOKEN || undefined },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** @throws Error with a message for the user. */
const readArguments = (args: string[]): z.infer<typeof Asked> => {
  const { values } = parseArgs({ args, options })
  const read = Asked.safeParse(values)
  if (read.success && read.data.url !== undefined && read.data.data !== undefined)
    throw new Error('--data finds the API that --url names: give one of them')
  if (read.success) return read.data
  throw new Error(read.error.issues.map(({ message }) => message).join('\n'))
}

const Check = z.object({
  ok: z.boolean(),
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      cause: z.string().optional(),
      advice: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
})
type Step = z.infer<typeof Check>['steps'][number]

/** What each step does, as text. */
const meanings: Record<string, string> = {
  lend: 'lends credentials for a probe',
  put: 'a dock uploads it',
  putInParts: 'a dock uploads it in parts',
  abort: 'a dock aborts an upload in parts',
  keepToKey: 'a dock can do nothing else with them',
  keepToFolder: 'the role that is lent ends at the dock’s folder',
  read: 'the backend reads what the dock uploaded',
  remove: 'the backend removes it, and sees that it is gone',
}

/** Colours only on a terminal, and not with NO_COLOR. */
const coloured = (colour: 'green' | 'red' | 'dim', text: string): string =>
  styleText(colour, text, { stream: process.stdout })

const lineOf = ({ step, outcome, cause, advice, detail }: Step): string => {
  const title = `${step.padEnd(13)} ${meanings[step] ?? ''}`
  if (outcome === 'passed') return `${coloured('green', '✔')} ${title}`
  if (outcome === 'skipped') return coloured('dim', `- ${title}: not tried, ${detail ?? ''}`)
  const lines = [`${coloured('red', '✖')} ${title}`, `${cause}: ${advice}`, detail]
  return lines.filter((line) => line !== undefined).join('\n    ')
}

const Problem = z.object({ title: z.string(), detail: z.string().optional() })

/** Describes an answer that is not a check. */
const refusal = (status: number, text: string, token: string | undefined): string => {
  const needed =
    'a token with the permission admin: --token, or GROUNDCREW_TOKEN. docs/deploy.md says how to get one'
  if (status === 401 && token === undefined) return `it needs ${needed}`
  if (status === 401)
    return `it does not take this token: it may be damaged, expired, or of another deployment. It needs ${needed}`
  const problem = Problem.safeParse(jsonOf(text)).data
  if (problem) return `it answered ${status}: ${problem.detail ?? problem.title}`
  return `it answered ${status}, not as Groundcrew does. Is --url the address of the API?`
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @throws Error if the API does not answer the check. */
const askApi = async (url: string, token: string | undefined): Promise<z.infer<typeof Check>> => {
  const response = await fetch(new URL('/v1/storage/check', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: '{}',
    // API Gateway gives up after 30 seconds.
    signal: AbortSignal.timeout(35_000),
  })
  const text = await response.text()
  const check = Check.safeParse(jsonOf(text))
  if (response.status === 200 && check.success) return check.data
  throw new Error(refusal(response.status, text, token))
}

/** Blames the address only if no API was reached. */
const notAnswered = (error: unknown): string => {
  const problem = inOneLine(error)
  const isAnswer = error instanceof Error && error.cause === undefined && !(error instanceof DOMException)
  return isAnswer
    ? `does not check: ${problem}`
    : `cannot be asked: ${problem}. Is it running (npm start), and is --url right?`
}

const run = async (asked: z.infer<typeof Asked>): Promise<void> => {
  const url = asked.url ?? runningOver(asked.data).url
  const check = await askApi(url, asked.token).catch((error: unknown) => {
    throw new Error(`${url} ${notAnswered(error)}`)
  })
  if (asked.json) console.log(JSON.stringify(check, null, 2))
  else for (const step of check.steps) console.log(lineOf(step))
  if (!check.ok) process.exitCode = 1
}

/** Shortens Node's long message about an unknown option. */
const wrongUse = (error: unknown): string =>
  error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error)

const fail = (status: number, text: string): void => {
  console.error(text)
  process.exitCode = status
}

try {
  const asked = readArguments(process.argv.slice(2))
  if (asked.help) process.stdout.write(help)
  else await run(asked).catch((error: unknown) => fail(1, `Not checked: ${inOneLine(error)}`))
} catch (error) {
  fail(2, `${wrongUse(error)}\nTry npm run check-storage -- --help`)
}
