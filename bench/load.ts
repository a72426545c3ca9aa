import { answerCostTable } from './answer-cost.ts'
import { measureAnswers, measureReconnects } from './answers.ts'
import { measureBurst } from './burst.ts'
import { measureFloods } from './flood.ts'
import type { Goal } from './goals.ts'
import { measureSweeps } from './hanging-storage.ts'
import { measureLists } from './lists.ts'
import type { Measured, Say } from './part.ts'
import { printTable } from './table.ts'

/** The parts that measure load: many items, changes, messages, or hanging calls. */

export const lists = async (docks: number, devices: number): Promise<Measured> => {
  const { text, listUnits } = await measureLists(docks, devices)
  const limit = 100
  return {
    text: `${text}

A page whose filter fits nothing is empty and has a \`next\`: a request reads a bounded part of the index. The devices of a campaign are counted once a minute.`,
    goals: [
      {
        of: 'read units of a page by a filter that fits none',
        bound: 'at most',
        limit,
        measured: listUnits,
      },
    ],
  }
}

export const burst = async (fuses: readonly number[], say: Say): Promise<Measured> => {
  const { text, deadLetters, miscounted } = await measureBurst(fuses, say)
  const none = (of: string, measured: number): Goal => ({ of, bound: 'at most', limit: 0, measured })
  return {
    text: `${text}

What is over the fuse is throttled, and waited for by the functions. A condition that does not hold is how a copy of a function learns that
another was faster.`,
    goals: [
      none('dead letters after 5,000 changes of state in ten seconds', deadLetters),
      none('devices counted wrong after them', miscounted),
    ],
  }
}

export const flood = async (isQuick: boolean, say: Say): Promise<Measured> => {
  const { text, longest, putBack } = await measureFloods(isQuick, say)
  return {
    text: `${text}

One source sends its message 500 times: over MQTT ten times as fast as AWS IoT Core lets a connection (1,000 messages and 5 MiB a second), over
HTTP with four requests under way, each as full as it may be. A neighbour meanwhile reports a percent at a time, and waits until \`GET\` shows it. Over MQTT that includes up to a second of the batch window. What is put back could not be taken in, and comes again three minutes later. With an answer of a dock the flood is in a queue of its own.`,
    goals: [
      ...longest.map(({ path, message, seconds }) => ({
        of: `seconds until a neighbour's report is seen, one source sends 500 of the worst: ${path}; ${message}`,
        bound: 'under' as const,
        limit: 3,
        measured: seconds,
      })),
      { of: 'messages put back by floods', bound: 'at most', limit: 0, measured: putBack },
    ],
  }
}

export const sweeps = async (runs: number, say: Say): Promise<Measured> => {
  const { text, longest, notSent } = await measureSweeps(runs, say)
  return {
    text: `${text}

Cancels go first, then what may take long; what hangs is cut off after ten seconds and put off, longer each time.`,
    goals: [
      {
        of: 'cancels that a storage that hangs keeps from being sent',
        bound: 'at most',
        limit: 0,
        measured: notSent,
      },
      {
        of: 'seconds from the beginning of a sweep to the last cancel that was due',
        bound: 'under',
        limit: 60,
        measured: longest,
      },
    ],
  }
}

export const answers = async (fleets: readonly number[], docks: number, say: Say): Promise<Measured> => {
  const { text, slowest } = await measureAnswers(fleets, say)
  say(`  ${docks} docks connect again`)
  const back = await measureReconnects(docks)
  const { reconnect } = back
  const came = printTable(
    [`${docks} docks lose their connection and connect again`, ''],
    [
      ['with all of their answers', String(back.answered)],
      ['online in the end', String(back.online)],
      ['dead letters', String(back.deadLetters)],
      ['seconds until all is at rest', back.seconds.toFixed(0)],
      ['write units each, read units', `${reconnect.write.toFixed(2)}, ${reconnect.read.toFixed(2)}`],
    ],
  )
  return {
    text: `${text}

From the publish to the answer; up to three docks ask at once, and all send \`osd\` and alarms meanwhile. A dock gives up after 3 s.

${came}

Twenty at a time, as fast as the machine can; each event of a connection comes twice, half of them late and so out of order, which is in the units.

${answerCostTable(back)}

With the dock server and accounts on, straight at AWS IoT Core, 30 ms a run assumed.`,
    goals: [
      ...slowest.map(({ docks: atWork, p99 }) => ({
        of: `ms at p99 until a dock has its answer, docks at work: ${atWork}`,
        bound: 'under' as const,
        limit: 1_000,
        measured: p99,
      })),
      {
        of: 'docks not online after they connect again',
        bound: 'at most',
        limit: 0,
        measured: docks - back.online,
      },
      { of: 'docks without all answers', bound: 'at most', limit: 0, measured: docks - back.answered },
      {
        of: 'dead letters after docks connect again',
        bound: 'at most',
        limit: 0,
        measured: back.deadLetters,
      },
    ],
  }
}
