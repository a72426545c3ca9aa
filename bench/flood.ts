import { messages, ofDocks, overHttp, overMqtt } from './flood-sources.ts'
import type { Say } from './flooded.ts'
import { printTable } from './table.ts'
import { deviceMessages, dockMessages } from './worst-messages.ts'

/**
 * How long a quiet neighbour waits until its report is visible, while one source sends 500 of the worst
 * message: through the real rules, queues, functions and capacity limits.
 */

type Longest = { path: string; message: string; seconds: number }
export type MeasuredFloods = { text: string; longest: Longest[]; putBack: number }

/** @throws Error if a report of the neighbour never becomes visible. */
export const measureFloods = async (isQuick: boolean, say: Say): Promise<MeasuredFloods> => {
  const few = <Item>(all: readonly Item[]): readonly Item[] => (isQuick ? all.slice(0, 2) : all)
  const paths = [
    ['a device, MQTT', await overMqtt(few(deviceMessages), say)],
    ['a device, POST /v1/device-events', await overHttp(few(deviceMessages), say)],
    ['a dock, MQTT', await ofDocks(few(dockMessages), say)],
  ] as const
  const tables = paths.map(([path, rows]) =>
    printTable(
      [`${messages} times, from ${path}`, 'the neighbour waits, s', 'all taken in after, s', 'put back'],
      rows.map((row) => [row.name, row.longest.toFixed(1), row.takenIn.toFixed(1), String(row.putBack)]),
    ),
  )
  const longest = paths.flatMap(([path, [, ...floods]]) => {
    const worst = floods.toSorted((one, other) => other.longest - one.longest)[0]
    return worst ? [{ path, message: worst.name, seconds: worst.longest }] : []
  })
  const putBack = paths.flatMap(([, rows]) => rows).reduce((sum, row) => sum + row.putBack, 0)
  return { text: tables.join('\n\n'), longest, putBack }
}
