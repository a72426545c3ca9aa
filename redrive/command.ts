import { parseArgs } from 'node:util'
import * as z from 'zod'
import { type FailureQueue, failureQueues } from './letters.ts'

/** The text of `npm run redrive -- --help`. */
export const help = `Puts dead letters back: messages of devices and events of storage that wait in the failure queues.

  npm run redrive -- [options]

  --queue NAME    which queue; may be given several times. Without it, lists all of the stack's queues with the number of
                  waiting messages; those in hand are being processed, or hidden until their next attempt
  --dry-run       shows each letter and where it would go, and puts none back
  --stack NAME    the stack's name (Groundcrew)
  --bus ARN       for EventFailures: your own bus, if you have one (eventBusArn)
  --local         the stack that npm start runs on this machine, not AWS
  --data DIR      with --local: the data directory of that stack (.groundcrew)
  --help          this text

Queues: ${failureQueues.slice(0, 4).join(', ')},
        ${failureQueues.slice(4).join(', ')}

Account and region are those of your AWS credentials. They need sqs:ListQueues, and on the stack's queues GetQueueAttributes,
ReceiveMessage, ChangeMessageVisibility, DeleteMessage and SendMessage. The events in EventFailures are published again: that needs
events:PutEvents on the bus, dynamodb:BatchGetItem on the table, and GetShardIterator and GetRecords on its stream.

A letter is deleted only after its own queue has accepted its message, so this may be stopped at any time and run again:
a message that is put back twice changes nothing. docs/runbook.md says what to fix first.
`

const Asked = z.object({
  queue: z.array(z.enum(failureQueues, `must be one of ${failureQueues.join(', ')}`)),
  'dry-run': z.boolean(),
  stack: z.string().min(1, 'must be the name of a stack').optional(),
  bus: z.string().min(1, 'must be the name or the ARN of a bus').optional(),
  local: z.boolean(),
  data: z.string().min(1, 'must name a directory').optional(),
  help: z.boolean(),
})

/** The parsed options. `data`: directory of a local stack; without it the stack is in AWS. */
export type Asked = {
  from: FailureQueue[]
  dryRun: boolean
  stackName: string | undefined
  /** Undefined: the stack's own bus. */
  bus: string | undefined
  data: string | undefined
}

export type Outcome =
  | ({ outcome: 'run' } & Asked)
  | { outcome: 'help' }
  | { outcome: 'refused'; problem: string }

const none: string[] = []
const options = {
  queue: { type: 'string', multiple: true, default: none },
  'dry-run': { type: 'boolean', default: false },
  stack: { type: 'string' },
  bus: { type: 'string' },
  local: { type: 'boolean', default: false },
  data: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    return error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error)
  }
}

/** Parses the arguments of `npm run redrive`. The caller acts and prints. */
export const redriveCommand = (args: readonly string[], defaultData: string): Outcome => {
  const values = parsed(args)
  if (typeof values === 'string') return { outcome: 'refused', problem: values }
  const read = Asked.safeParse(values)
  if (!read.success) {
    const [issue] = read.error.issues
    return {
      outcome: 'refused',
      problem: `--${issue?.path[0] === undefined ? '' : String(issue.path[0])} ${issue?.message}`,
    }
  }
  const { queue, 'dry-run': dryRun, stack, bus, local, data, help: wantsHelp } = read.data
  if (wantsHelp) return { outcome: 'help' }
  if (data !== undefined && !local) return { outcome: 'refused', problem: '--data is for --local' }
  if (dryRun && queue.length === 0) return { outcome: 'refused', problem: '--dry-run needs a --queue' }
  return {
    outcome: 'run',
    from: [...new Set(queue)],
    dryRun,
    stackName: stack,
    bus,
    data: local ? (data ?? defaultData) : undefined,
  }
}
