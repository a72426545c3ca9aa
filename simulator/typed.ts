import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import * as z from 'zod'
import type { DockHandle } from './dock/dock.ts'
import { alarmCode } from './dock/online/alarms.ts'
import { say } from './narrate.ts'

/** The commands for simulated docks, and their effect. */
export const typedLines = {
  'alarm CODE [aircraft]': 'they, or their aircraft, raise an alarm such as 0x16100083',
  'storm N [aircraft]': 'so many different ones at once',
  'clear [CODE]': 'all their alarms, or those with a code, end',
  fly: 'they fly a task',
  land: 'and end it now',
} as const

const Of = z.literal('aircraft').optional()
const Code = z.string().regex(alarmCode)
const Line = z.union([
  z.tuple([z.literal('alarm'), Code, Of]),
  z.tuple([z.literal('storm'), z.string().regex(/^\d{1,4}$/), Of]),
  z.tuple([z.literal('clear'), Code.optional()]),
  z.tuple([z.enum(['fly', 'land'])]),
])
type Line = z.infer<typeof Line>

const obey = (dock: DockHandle, [what, value, of]: Line): void => {
  const more = of && { of }
  if (what === 'alarm') dock.raiseAlarm({ code: value, ...more })
  else if (what === 'storm') dock.storm(Number(value), of)
  else if (what === 'land') dock.land()
  else if (what === 'clear')
    for (const machine of ['dock', 'aircraft'] as const) dock.clearAlarm(machine, value)
  else
    dock.fly().then(
      (id) => say(dock, `has flown ${id}`),
      (error: unknown) => say(dock, String(error), 'red'),
    )
  say(dock, what)
}

/**
 * Executes typed commands, one per line, on all docks, until it is closed. An invalid line changes nothing
 * and prints an error.
 */
export const obeyTyped = (docks: readonly DockHandle[], input: Readable): { close: () => void } => {
  const lines = createInterface({ input })
  lines.on('line', (text) => {
    const words = text.trim().split(/\s+/)
    if (words[0] === '') return
    const read = Line.safeParse(words)
    if (read.success) for (const dock of docks) obey(dock, read.data)
    else console.error(`"${text}" is none of: ${Object.keys(typedLines).join('; ')}`)
  })
  return { close: () => lines.close() }
}
