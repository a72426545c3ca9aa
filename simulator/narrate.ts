import { styleText } from 'node:util'
import type { ExportReport } from './dock/logs/export-report.ts'
import type { EventSource } from './dock/options.ts'

/** Prints what a simulated dock does, one line each; `everyStep`: each progress report too. */
export const narrate = (dock: EventSource, { everyStep }: { everyStep: boolean }): void => {
  const { events } = dock
  events.on('online', () => say(dock, 'online'))
  events.on('offline', () => say(dock, 'offline', 'yellow'))
  events.on('joining', (step) => say(dock, step, 'green'))
  events.on('command', ({ method, result }) =>
    say(dock, `${method} → ${result}`, result === 0 ? 'bold' : 'red'),
  )
  events.on('progress', (report) => {
    const colour = endColours[report.status]
    if (everyStep || colour) say(dock, describeReport(report), colour)
  })
  events.on('upgrading', ({ status, result, step, percent }) => {
    const colour = endColours[status]
    const text = `${step} ${status} ${percent} %${result ? ` (${result})` : ''}`
    if (everyStep || colour) say(dock, text, colour)
  })
  events.on('power', ({ method, status, result }) => {
    const colour = endColours[status]
    if (everyStep || colour) say(dock, `${method} ${status}${result ? ` (${result})` : ''}`, colour)
  })
  events.on('runs', ({ sn, version }) => say(dock, `${sn} runs ${version}`, 'green'))
  events.on('packed', ({ module, sizeBytes, sha256 }) =>
    say(dock, `packed ${module}.tar, ${sizeBytes} bytes, sha256 ${sha256}`),
  )
  events.on('tried', ({ what, answer }) => say(dock, `tried to ${what}: ${answer}`, 'yellow'))
  events.on('uploaded', ({ objectKey }) => say(dock, `uploaded ${objectKey}`, 'green'))
  events.on('error', (error) => say(dock, String(error), 'red'))
}

type Colour = Parameters<typeof styleText>[0]

/** One line about a dock. */
export const say = (dock: EventSource, text: string, colour: Colour = 'reset'): void =>
  sayOf(dock.dockSn, text, colour)

/** One line about a machine, by its serial number or id. */
export const sayOf = (machine: string, text: string, colour: Colour = 'reset'): void => {
  const time = new Date().toLocaleTimeString('en-GB')
  console.log(`${styleText('dim', time)}  ${styleText('cyan', machine)}  ${styleText(colour, text)}`)
}

const endColours: Readonly<Record<string, Colour>> = { ok: 'green', failed: 'red', canceled: 'yellow' }

const describeReport = ({ status, files }: ExportReport): string =>
  [
    status.padEnd(14),
    ...files.map(
      ({ module, status, percent, result }) =>
        `${module} ${status} ${percent} %${result ? ` (${result})` : ''}`,
    ),
  ].join('  ')
