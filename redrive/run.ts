import type { Asked } from './command.ts'
import { connectionTo } from './connection.ts'
import { describe } from './describe.ts'
import { failureQueues, type Letter, type Verdict } from './letters.ts'
import { redrive } from './redrive.ts'
import { createRepublisher } from './republish.ts'
import { type SqsQueues, sqsQueues } from './sqs-queues.ts'
import { queueNamed, type StackQueue, stackQueues } from './stack-queues.ts'

type Print = (line: string) => void

const listCounts = async (
  sqs: SqsQueues,
  queues: ReadonlyMap<string, StackQueue>,
  stackName: string,
  print: Print,
) => {
  const line = (name: string, waiting: string, held: string) =>
    print(`${name.padEnd(20)} ${waiting.padStart(8)} ${held.padStart(8)}`)
  const given = failureQueues.flatMap((name) => queues.get(name) ?? [])
  if (given.length === 0) queueNamed(queues, failureQueues[0], stackName)
  const others = [...queues.values()].filter((queue) => !given.includes(queue))
  line('queue', 'waiting', 'in hand')
  for (const { name, url } of [...given, ...others]) {
    const { waiting, held } = await sqs.counts(url)
    line(name, String(waiting), String(held))
  }
}

const lineOf = (letter: Letter, verdict: Verdict, dryRun: boolean): string => {
  const what = {
    publish: dryRun ? 'would be published again' : 'published again',
    send: dryRun ? 'would be put back' : 'put back',
    drop: dryRun ? 'would be removed' : 'removed',
    keep: 'stays',
  }[verdict.outcome]
  const where =
    verdict.outcome === 'send'
      ? `into ${verdict.queue}`
      : verdict.outcome === 'publish'
        ? `(${verdict.unpublished.kind})`
        : `because ${verdict.reason}`
  const about = describe(verdict.outcome === 'send' ? verdict.body : letter.body)
  return `${new Date(letter.sentAt).toISOString()}  ${what} ${where}  ${about}`
}

const letters = (count: number): string => `${count} ${count === 1 ? 'letter' : 'letters'}`

/**
 * Lists the queues, or puts back the messages in the named ones; prints a line per dead letter. Safe to stop
 * and to repeat. Returns how many dead letters stay.
 */
export const runRedrive = async (
  { from, dryRun, stackName: given, bus, data }: Asked,
  print: Print,
): Promise<number> => {
  const { stackName, config, endpoints } = connectionTo({ stackName: given, data })
  const sqs = sqsQueues(config)
  let staying = 0
  const republisher = createRepublisher(config, endpoints, { stackName, bus: bus ?? stackName })
  try {
    const queues = await stackQueues(sqs, stackName)
    if (from.length === 0) await listCounts(sqs, queues, stackName, print)
    for (const name of from) {
      const onLetter = (letter: Letter, verdict: Verdict) => print(lineOf(letter, verdict, dryRun))
      const { send, drop, keep } = await redrive(sqs, {
        queues,
        stackName,
        from: name,
        republish: republisher.republish,
        dryRun,
        onLetter,
      })
      const done = dryRun ? 'nothing was changed' : `${send} put back, ${drop} removed, ${keep} stay`
      print(`${name}: ${letters(send + drop + keep)}, ${done}`)
      staying += keep
    }
    return staying
  } finally {
    sqs.close()
    republisher.close()
  }
}
