import { campaignTable } from './campaign.ts'
import { coldStarts } from './cold-start.ts'
import { consoleReads } from './console-reads.ts'
import { monthlyCost } from './cost-per-month.ts'
import { costPerReportTable } from './cost-per-report.ts'
import { measureDockLives } from './dock-lives.ts'
import { dockMonthTable, dockMonthText } from './dock-month.ts'
import { aDay } from './dock-traffic.ts'
import { ends } from './ends.ts'
import { events } from './events.ts'
import type { Goal } from './goals.ts'
import { handlerCpu } from './handler-cpu.ts'
import { measureLives } from './lives.ts'
import { answers, burst, flood, lists, sweeps } from './load.ts'
import { memoryRun } from './memory.ts'
import type { Measured, Part, Say } from './part.ts'
import { readySeconds } from './ready.ts'
import { rollout } from './rollout.ts'
import { throughputTables } from './throughput.ts'
import { measureUnits, type Units } from './units.ts'

const throughput = async (fleets: readonly number[], say: Say): Promise<Measured> => {
  const { text, lost, growth } = await throughputTables(fleets, say)
  const most = Math.max(...fleets)
  const atMost = (of: string, limit: number, measured: number): Goal => ({
    of,
    bound: 'at most',
    limit,
    measured,
  })
  return {
    text: `${text}

The local runtime is a test bed: how many reports it takes a second is no goal. That of none anything is lost, and that nothing grows, is one; the
memory is that of the largest fleet. Its queue waits up to a second for a batch, as the stack's does; reports of one upload in a batch share a write.`,
    goals: [
      atMost(`docks not at their last report, and dead letters, docks: ${most}`, 0, lost),
      atMost(`the main thread's heap at the end over that after a quarter, docks: ${most}`, 1.1, growth),
    ],
  }
}

/** @throws Error if that order was not measured. */
const unitsAt = (all: readonly Units[], ofEach: number): Units => {
  const found = all.find(({ order }) => order.within === 0 && order.ofEach === ofEach)
  if (!found) throw new Error(`nothing measured with ${ofEach} of each in a batch`)
  return found
}

const unitsAndCost = async (say: Say): Promise<Measured> => {
  const { progress, upgrades, text } = await measureUnits(say)
  const lives = await measureLives()
  const all = { ...lives, ...(await measureDockLives(aDay.presenceChanges)) }
  const month = await monthlyCost(all)
  const [alone, shared] = [unitsAt(progress, 0), unitsAt(progress, 2)]
  const [upgrade, upgradeShared] = [unitsAt(upgrades, 0), unitsAt(upgrades, 2)]
  const perReport = costPerReportTable({
    alone: alone.state,
    shared: shared.state,
    upgrade: upgrade.state + upgrade.history,
    upgradeShared: upgradeShared.state + upgradeShared.history,
  })
  const atMost = (of: string, limit: number, measured: number): Goal => ({
    of,
    bound: 'at most',
    limit,
    measured,
  })
  return {
    text: `${text}

By the meter of the table emulator, so the same on every machine. Uploads and attempts are under way; a copy of the function remembers
how far an upload is, and spends nothing on a report that says less.

${lives.text}

${perReport}

${month.text}

${dockMonthTable(all, 2)}

From these units and the prices in \`bench/prices.ts\`. ${dockMonthText(all)}

The docks of the table before are behind relays. The devices come through ten bridges and are upgraded once a month with ${lives.upgrade.reports} reports
each, ten to a batch. Events are priced as if each change were a batch of its own.
Storage of archives, people who sign in, and data that leaves AWS come on top.`,
    goals: [
      atMost('write units a log progress report, alone in its batch', 1, alone.state),
      atMost('write units a log progress report, two of an upload in a batch', 0.6, shared.state),
      atMost('read units a log progress report', 0, Math.max(alone.reads, shared.reads)),
      atMost('write units an upgrade report for the history', 1, upgradeShared.history),
      atMost(
        'write units an upgrade report for the state, two of a device in a batch',
        0.6,
        upgradeShared.state,
      ),
      {
        of: 'US dollars a month idle, with alarms',
        bound: 'under',
        limit: 5,
        measured: month.idleWithAlarms,
      },
      {
        of: 'US dollars a month idle, without alarms',
        bound: 'under',
        limit: 1,
        measured: month.idle,
        ifMissed:
          'Lambda polls each queue whether it is empty or not; sweeps of collections and webhooks came on top since.',
      },
      atMost('US dollars a dock and month behind a relay, of 200', 0.05, month.dock),
    ],
  }
}

const cpu = async (rounds: number, before?: string): Promise<Measured> => {
  const { text, alone, together } = await handlerCpu(rounds, before)
  return {
    text: `${text}

\`record-progress\` as it is deployed, beside \`JSON.parse\` and a raw \`UpdateItem\` for each report, in one thread in turn; the table answers from
another process. The document client asks for the item back and turns it into our types; ours asks only for what it wrote where it knows
the rest. What is left above the raw call is the signing of a longer request with its condition, and the reading of the report by its schema.`,
    goals: [
      { name: 'alone in its batch', measured: alone },
      { name: 'in a batch with those of others', measured: together },
    ].map(({ name, measured }) => ({
      of: `CPU time of the handler against JSON.parse and a raw call, a report ${name}`,
      bound: 'at most',
      limit: 1.3,
      measured,
      ifMissed:
        'what is left is in docs/adr/0051: signing a longer request, and reading the report by its schema.',
    })),
  }
}

const coldStart = async (seconds: number, say: Say, before?: string): Promise<Measured> => {
  const { text, rounds, worst } = await coldStarts(seconds, say, before)
  const goals = (folder: string, limit: number): Goal[] =>
    (['answered', 'cpu'] as const).map((by) => {
      const { file, ratio } = worst(by, folder)
      const how = by === 'cpu' ? ' by CPU time' : ''
      return {
        of: `cold start against a bare handler${how}, the worst: ${file}`,
        bound: 'at most',
        limit,
        measured: ratio,
        ifMissed:
          'docs/adr/0043 and 0051 describe what was tried; the ratio of the times varies with the machine’s other load.',
      }
    })
  return {
    text: `${text}

Medians of ${rounds} cold starts in turn, from the start of the process to the first answer. A bare handler makes the same calls with the same SDK
and nothing else. The ratio of the times swings with what else the machine does, that of the CPU time less.`,
    goals: [...goals('ingest/', 1.15), ...goals('api/', 1.2)],
  }
}

const memory = async (reports: number, say: Say): Promise<Measured> => {
  const { text, growth } = await memoryRun(reports, say)
  return {
    text: `${text}

One process with the bundle of \`record-progress\`, batches of a hundred. After the last tenth the heap is ${growth.toFixed(2)} of what it was after the second.`,
    goals: [],
  }
}

const plain = async (text: Promise<string>): Promise<Measured> => ({ text: await text, goals: [] })

/** The parts by their name for `--only`, in the order of the report. */
export const parts: Readonly<Record<string, Part>> = {
  'cold-start': {
    title: 'Functions',
    whole: (say, before) => coldStart(75, say, before),
    quick: (say, before) => coldStart(0, say, before),
  },
  cpu: {
    title: 'CPU time of the handler',
    whole: (_, before) => cpu(20, before),
    quick: (_, before) => cpu(8, before),
  },
  throughput: {
    title: 'Progress reports',
    whole: (say) => throughput([1, 100, 1_000], say),
    quick: (say) => throughput([1, 100], say),
  },
  ends: {
    title: 'Final reports and percentages',
    whole: (say) => ends({ docks: 100, probes: 40, rounds: 2 }, say),
    quick: (say) => ends({ docks: 100, probes: 15, rounds: 1 }, say),
  },
  burst: {
    title: 'A burst of changes of state',
    whole: (say) => burst([1_000, 250], say),
    quick: (say) => burst([1_000], say),
  },
  flood: {
    title: 'A source that floods',
    whole: (say) => flood(false, say),
    quick: (say) => flood(true, say),
  },
  sweep: {
    title: 'Sweeps with storage that hangs',
    whole: (say) => sweeps(3, say),
    quick: (say) => sweeps(1, say),
  },
  answers: {
    title: 'Answers to docks',
    whole: (say) => answers([1, 20, 100], 1_000, say),
    quick: (say) => answers([1, 20], 100, say),
  },
  campaign: { title: 'Upgrade reports', whole: (say) => plain(campaignTable(10_000, say)) },
  rollout: {
    title: 'A campaign that drives its devices',
    whole: (say) => rollout(20_000, say),
    quick: (say) => rollout(2_000, say),
  },
  memory: { title: 'Memory over a million reports', whole: (say) => memory(1_000_000, say) },
  units: { title: 'Units and cost', whole: unitsAndCost, quick: unitsAndCost },
  events: {
    title: 'Events',
    whole: (say) => events({ docks: 50, changes: 100 }, say),
    quick: (say) => events({ docks: 10, changes: 20 }, say),
  },
  lists: {
    title: 'Lists and counts',
    whole: () => lists(20_000, 100_000),
    quick: () => lists(5_000, 5_000),
  },
  console: {
    title: 'What the console reads',
    whole: (say) => consoleReads(1_000, say),
    quick: (say) => consoleReads(100, say),
  },
  ready: {
    title: 'Local runtime',
    whole: () =>
      plain(readySeconds().then((seconds) => `\`npm start\` says that it is ready after ${seconds} s.`)),
  },
}
