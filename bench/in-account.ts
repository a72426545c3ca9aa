/**
 * Measures a running backend, in an account or on this machine: `npm run measure -- --help`. Its cost is
 * limited. May be stopped and repeated.
 */
import { help, readArguments } from './account/command.ts'
import { Unreachable } from './account/dock.ts'
import { type Figures, measure } from './account/measure.ts'
import { percentile, printTable } from './table.ts'

const names = {
  answer: 'the answer to a command',
  percentage: 'a percentage',
  end: 'an end',
  look: 'of which a look, which finds nothing new',
} as const

const of = (values: readonly number[], percent: number): number | undefined =>
  values.length === 0 ? undefined : percentile(values, percent)

const print = (figures: Figures, pollMs: number): void => {
  const rows = Object.entries(names).map(([kind, name]) => {
    const values = figures[kind as keyof typeof names]
    return [name, String(values.length), ...[50, 99].map((percent) => of(values, percent)?.toFixed(0) ?? '')]
  })
  const { messages, requests, dollars } = figures.spent
  console.log(printTable(['From publish to visible in GET, ms', 'measured', 'p50', 'p99'], rows))
  console.log(`
A figure is right to ${pollMs} ms, the pause between two looks, and has the way to the API in it.
Spent: ${messages} MQTT messages, ${requests} requests, at most ${dollars.toFixed(4)} US dollars by list prices.`)
}

const json = (figures: Figures): string => {
  const kinds = Object.keys(names).map((kind) => {
    const values = figures[kind as keyof typeof names]
    return [kind, { measured: values.length, p50: of(values, 50), p99: of(values, 99) }]
  })
  return JSON.stringify({ ...Object.fromEntries(kinds), spent: figures.spent, stopped: figures.stopped })
}

const whereToLook =
  'On this machine, start it first: npm start. A deployment is measured with --url and --mqtt.'

const run = async (): Promise<number> => {
  const asked = readArguments(process.argv.slice(2))
  if (asked.help) {
    console.log(help)
    return 0
  }
  try {
    const figures = await measure(asked, (text) => console.error(text))
    if (asked.json) console.log(json(figures))
    else print(figures, asked['poll-ms'])
    if (figures.stopped) console.error(`Stopped: ${figures.stopped}.`)
    return figures.stopped ? 1 : 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    if (error instanceof Unreachable) console.error(whereToLook)
    return 1
  }
}

try {
  process.exitCode = await run()
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\nTry npm run measure -- --help`)
  process.exitCode = 2
}
