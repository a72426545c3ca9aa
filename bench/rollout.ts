import { rolloutStory, type Stage } from '../test/support/rollout/story.ts'
import { openTable } from '../test/support/table.ts'
import { runOf, throughQueue } from './cost-per-report.ts'
import type { Measured, Say } from './part.ts'
import { prices } from './prices.ts'
import { type Spent, spentBy } from './spent.ts'
import { median, printTable } from './table.ts'

/**
 * A campaign that drives its devices through four phases, over the functions themselves, with an independent
 * recount; the units are those that the table reports.
 */

type Run = Spent & { seconds: number; atWork: number }

const stages: Readonly<Record<Stage, string>> = {
  registering: 'registering the devices of the first phase',
  choosing: 'choosing the devices',
  campaigns: 'the sweep of campaigns: plan, turns, gates, counts',
  upgrades: 'the sweep of upgrades: questions, silence',
  reports: 'reports of devices, and their offers',
}

const metered = async (devices: number, say: Say) => {
  const { table, used } = openTable({ hasRates: false })
  const units = new Map<Stage, Spent>()
  const operations = new Map<string, number>()
  const runs: Run[] = []
  const done = (stage: Stage, { milliseconds, atWork }: { milliseconds: number; atWork: number }) => {
    const sum = units.get(stage) ?? { write: 0, read: 0 }
    const calls = used.splice(0)
    const own = spentBy(calls)
    for (const { operation } of calls) operations.set(operation, (operations.get(operation) ?? 0) + 1)
    units.set(stage, { write: sum.write + own.write, read: sum.read + own.read })
    if (stage === 'campaigns') runs.push({ ...own, seconds: milliseconds / 1000, atWork })
  }
  const story = await rolloutStory(table, devices, done)
  const view = await story.run(({ minute, state, phase }) => {
    if (minute % 10 === 0) say(`  minute ${minute}: phase ${phase + 1}, ${state}`)
  })
  return { story, view, units, operations, runs }
}

type Metered = Awaited<ReturnType<typeof metered>>

const phasesTable = ({ view }: Metered): string =>
  printTable(
    ['Phase', 'devices', 'confirmed', 'failed', 'together', 'minutes'],
    (view.phases ?? []).map(({ name, size, confirmed, failed, together, openedAt = '', endedAt = '' }) => [
      name,
      ...[size, confirmed, failed, together].map(String),
      ((Date.parse(endedAt) - Date.parse(openedAt)) / 60_000).toFixed(0),
    ]),
  )

const unitsTable = ({ units }: Metered, confirmed: number): string =>
  printTable(
    ['Units an upgraded device', 'write, with indexes', 'read', 'US dollars a million'],
    [...units].map(([stage, { write, read }]) => [
      stages[stage],
      (write / confirmed).toFixed(2),
      (read / confirmed).toFixed(2),
      ((dollarsOf({ write, read }) / confirmed) * 1e6).toFixed(2),
    ]),
  )

const dollarsOf = ({ write, read }: Spent): number => write * prices.dynamoWrite + read * prices.dynamoRead

/** The total from the choice of devices to the end, without what came before the campaign. */
const totalOf = ({ units }: Metered): Spent =>
  [...units]
    .filter(([stage]) => stage !== 'registering')
    .reduce((sum, [, { write, read }]) => ({ write: sum.write + write, read: sum.read + read }), {
      write: 0,
      read: 0,
    })

/** The cost besides the table: reports in batches of ten, messages to devices, and the runs of the sweeps. */
const wayOf = ({ story, runs }: Metered): number =>
  story.sum.messages * throughQueue(10) +
  story.sum.sent * prices.iotMessage +
  runs.reduce((sum, { seconds }) => sum + runOf(seconds), 0)

const runsTable = ({ runs }: Metered): string => {
  const worst = (of: (run: Run) => number): string => Math.max(...runs.map(of)).toFixed(0)
  return printTable(
    ['Runs of the sweep of campaigns, one a minute', ''],
    [
      ['runs', String(runs.length)],
      [
        'seconds here: median, longest',
        `${median(runs.map(({ seconds }) => seconds)).toFixed(2)}, ${Math.max(...runs.map(({ seconds }) => seconds)).toFixed(2)}`,
      ],
      ['units of the dearest: write, read', `${worst(({ write }) => write)}, ${worst(({ read }) => read)}`],
    ],
  )
}

export const rollout = async (devices: number, say: Say): Promise<Measured> => {
  const measured = await metered(devices, say)
  const { story, view, operations, runs } = measured
  for (const difference of story.differences.slice(0, 10)) say(`  ${difference.slice(0, 500)}`)
  const { confirmed } = view.evidence
  const total = totalOf(measured)
  const [table, way] = [dollarsOf(total), wayOf(measured)]
  const scans = operations.get('Scan') ?? 0
  const sent = `${story.sum.messages} messages of devices, 2 % of them twice; ${story.sum.sent} to devices`
  const atMost = (of: string, limit: number, value: number) => ({
    of,
    bound: 'at most' as const,
    limit,
    measured: value,
  })
  return {
    text: `${phasesTable(measured)}

${unitsTable(measured, confirmed)}

${runsTable(measured)}

${devices} devices, of which 3 % fail (a third for good, a third each time they try, a third once), 1 % are never heard, and 1 % lose their first
link; ${view.state}, ${confirmed} confirmed, ${sent}. Decisions with their numbers, the curve with its ${story.recount.known.curve.length} points, phases, offers and tries of each device, and how
many begin in each minute are compared with a recount of what was done to the devices: ${story.differences.length} differ. In all ${(total.write / confirmed).toFixed(1)} write units and ${(total.read / confirmed).toFixed(1)}
read units an upgraded device. A million of them cost ${((table / confirmed) * 1e6).toFixed(0)} US dollars for the table, ${((way / confirmed) * 1e6).toFixed(0)} for broker, queue and functions.
The table was asked ${[...operations.values()].reduce((sum, n) => sum + n, 0)} times, by ${[...operations.keys()].toSorted().join(', ')}.`,
    goals: [
      atMost(
        'what a driving campaign decides, counts, retries or draws otherwise than a recount',
        0,
        story.differences.length,
      ),
      atMost('scans of the table by a driving campaign', 0, scans),
      {
        ...atMost('write units an upgraded device of a driving campaign', 30, total.write / confirmed),
        ifMissed:
          'the goal is from when the meter left out the indexes: a change of state moves a device in two of them, its next look in the third.',
      },
      atMost('read units an upgraded device of a driving campaign', 15, total.read / confirmed),
      atMost(
        'seconds of the longest run of the sweep of campaigns',
        35,
        Math.max(...runs.map(({ seconds }) => seconds)),
      ),
    ],
  }
}
