import { type FailureQueue, judge, type Letter, type Verdict } from './letters.ts'
import type { Republish } from './republish.ts'
import type { HeldLetter, SqsQueues } from './sqs-queues.ts'
import { queueNamed, type StackQueue } from './stack-queues.ts'

export type Redrive = {
  queues: ReadonlyMap<string, StackQueue>
  stackName: string
  from: FailureQueue
  /** Publishes changes that could not be published. */
  republish: Republish
  /** Only reports what would be done. */
  dryRun: boolean
  /** Called with every dead letter, after its verdict was carried out. */
  onLetter: (letter: Letter, verdict: Verdict) => void
}

/**
 * Goes through all dead letters of a queue once and puts them back. A dead letter is deleted only after its
 * own queue has accepted its message. If this is interrupted, the dead letter stays, and putting it back
 * again is harmless, since functions recognize a report by its receipt. Remaining dead letters are released
 * at the end.
 * @throws Error of the first call that failed.
 */
export const redrive = async (
  sqs: SqsQueues,
  { queues, stackName, from, republish, dryRun, onLetter }: Redrive,
): Promise<Record<'send' | 'drop' | 'keep', number>> => {
  const { url } = queueNamed(queues, from, stackName)
  const totals = { send: 0, drop: 0, keep: 0 }
  const held = new Map<string, HeldLetter>()
  const putBack = new Set<string>()

  const decide = (letter: Letter): Verdict =>
    putBack.has(letter.body)
      ? { outcome: 'keep', reason: 'this run has put it back already, and here it is again' }
      : judge(from, letter)

  const handle = async (letter: HeldLetter): Promise<void> => {
    const decided = decide(letter)
    const verdict = decided.outcome === 'publish' && !dryRun ? await republished(republish, decided) : decided
    if (!dryRun && verdict.outcome === 'send') {
      await sqs.send(queueNamed(queues, `${verdict.queue}Queue`, stackName).url, verdict.body)
      putBack.add(letter.body)
    }
    if (!dryRun && verdict.outcome !== 'keep') {
      await sqs.remove(url, letter)
      held.delete(letter.messageId)
    }
    totals[verdict.outcome === 'publish' ? 'send' : verdict.outcome]++
    onLetter(letter, verdict)
  }

  try {
    for (;;) {
      const letters = await sqs.take(url)
      const fresh = letters.filter(({ messageId }) => !held.has(messageId))
      for (const letter of letters) held.set(letter.messageId, letter)
      if (fresh.length === 0) return totals
      for (const letter of fresh) await handle(letter)
    }
  } finally {
    await Promise.allSettled([...held.values()].map((letter) => sqs.giveBack(url, letter)))
  }
}

/** The result: published, or why not. */
const republished = async (
  republish: Republish,
  decided: Extract<Verdict, { outcome: 'publish' }>,
): Promise<Verdict> => {
  const result = await republish(decided.unpublished)
  if (result.outcome === 'published') return decided
  return { outcome: result.outcome === 'gone' ? 'drop' : 'keep', reason: result.reason }
}
