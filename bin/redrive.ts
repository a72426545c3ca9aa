/**
 * Puts dead letters back, in AWS or in the local runtime: `npm run redrive -- --help`. Safe to stop and to
 * repeat.
 */
import { type Asked, help, redriveCommand } from '../redrive/command.ts'
import { connectionTo } from '../redrive/connection.ts'
import { describe } from '../redrive/describe.ts'
import { failureQueues, type Letter, type Verdict } from '../redrive/letters.ts'
import { redrive } from '../redrive/redrive.ts'
import { type SqsQueues, sqsQueues } from '../redrive/sqs-queues.ts'
import { queueNamed, type StackQueue, stackQueues } from '../redrive/stack-queues.ts'
import { tellAgain } from '../redrive/tell-again.ts'
import { inOneLine } from './fault-in-words.ts'
import { usualData } from './running.ts'

const listCounts = async (sqs: SqsQueues, queues: ReadonlyMap<string, StackQueue>, stackName: string) => {
  const line = (name: string, waiting: string, held: string) =>
    console.log(`${name.padEnd(20)} ${waiting.padStart(8)} ${held.padStart(8)}`)
  const given = failureQueues.flatMap((name) => queues.get(name) ?? [])
  if (given.length === 0) queueNamed(queues, failureQueues[0], stackName)
  const others = [...queues.values()].filter((queue) => !given.includes(queue))
  line('queue', 'waiting', 'in hand')
  for (const { name, url } of [...given, ...others]) {
    const { waiting, held } = await sqs.counts(url)
    line(name, String(waiting), String(held))
  }
}

const told = (letter: Letter, verdict: Verdict, dryRun: boolean): string => {
  const what = {
    tell: dryRun ? 'would be told again' : 'told again',
    send: dryRun ? 'would be put back' : 'put back',
    drop: dryRun ? 'would be removed' : 'removed',
    keep: 'stays',
  }[verdict.outcome]
  const where =
    verdict.outcome === 'send'
      ? `into ${verdict.queue}`
      : verdict.outcome === 'tell'
        ? `(${verdict.untold.kind})`
        : `because ${verdict.reason}`
  const about = describe(verdict.outcome === 'send' ? verdict.body : letter.body)
  return `${new Date(letter.sentAt).toISOString()}  ${what} ${where}  ${about}`
}

const letters = (count: number): string => `${count} ${count === 1 ? 'letter' : 'letters'}`

const run = async ({ from, dryRun, stackName: given, bus, data }: Asked): Promise<void> => {
  const { stackName, config, endpoints } = connectionTo({ stackName: given, data })
  const sqs = sqsQueues(config)
  const teller = tellAgain(config, endpoints, { stackName, bus: bus ?? stackName })
  try {
    const queues = await stackQueues(sqs, stackName)
    if (from.length === 0) await listCounts(sqs, queues, stackName)
    for (const name of from) {
      const onLetter = (letter: Letter, verdict: Verdict) => console.log(told(letter, verdict, dryRun))
      const { send, drop, keep } = await redrive(sqs, {
        ...{ queues, stackName, from: name, tell: teller.tell, dryRun, onLetter },
      })
      const done = dryRun ? 'nothing was changed' : `${send} put back, ${drop} removed, ${keep} stay`
      console.log(`${name}: ${letters(send + drop + keep)}, ${done}`)
      if (keep > 0) process.exitCode = 1
    }
  } finally {
    sqs.close()
    teller.close()
  }
}

/** What AWS's SDK says where the environment lacks something, and what to do about it. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^Region is missing|region=""/,
    'No region is set. Set AWS_REGION to that of the stack, or take --local for that of npm start',
  ],
  [
    /^Could not load credentials/,
    'No AWS credentials are found. Log in as for the AWS CLI (AWS_PROFILE, aws sso login), or take --local for npm start',
  ],
  [
    /security token.*invalid|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|token.*expired/i,
    'AWS does not take these credentials: they are wrong or over. Log in again',
  ],
]

const whyNot = (error: unknown, { data }: Asked): string => {
  const said = inOneLine(error)
  const remedy = remedies.find(([pattern]) => pattern.test(said))?.[1]
  if (remedy) return remedy
  const isAway = /^(nothing listens|no way leads|there is no host|the name )/.test(said)
  if (!isAway) return said
  return data === undefined
    ? `${said}. Are region and network right?`
    : `${said}. The npm start over ${data} runs no more: start it again`
}

const command = redriveCommand(process.argv.slice(2), usualData)
if (command.outcome === 'help') process.stdout.write(help)
else if (command.outcome === 'refused') {
  console.error(`${command.problem}\nTry npm run redrive -- --help`)
  process.exitCode = 2
} else
  await run(command).catch((error: unknown) => {
    console.error(`Not finished: ${whyNot(error, command)}`)
    process.exitCode = 1
  })
