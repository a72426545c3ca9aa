import { listFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { exit, Failure, misused } from '../exit.ts'

type Asked = {
  queue?: string[] | undefined
  dryRun?: true | undefined
  stack?: string | undefined
  bus?: string | undefined
  local?: true | undefined
  data?: string | undefined
}

const argumentsOf = ({ queue = [], dryRun, stack, bus, local, data }: Asked): string[] => [
  ...queue.map((name) => `--queue=${name}`),
  ...(dryRun ? ['--dry-run'] : []),
  ...(stack === undefined ? [] : [`--stack=${stack}`]),
  ...(bus === undefined ? [] : [`--bus=${bus}`]),
  ...(local ? ['--local'] : []),
  ...(data === undefined ? [] : [`--data=${data}`]),
]

/** Only this command loads the AWS clients. */
const redrive = async ({ out, signal, endsWith }: Context, asked: Asked): Promise<void> => {
  const { redriveCommand } = await import('../../redrive/command.ts')
  const command = redriveCommand(argumentsOf(asked), '.groundcrew')
  if (command.outcome !== 'run')
    throw misused(
      command.outcome === 'refused' ? command.problem : '',
      'groundcrew redrive --help has the queues.',
    )
  const [{ runRedrive }, { whyNot }] = await Promise.all([
    import('../../redrive/run.ts'),
    import('../../redrive/why-not.ts'),
  ])
  let hasBegun = false
  const staying = await runRedrive(command, (line) => {
    signal.throwIfAborted()
    hasBegun = true
    out.record({ line }, () => out.safe(line))
  }).catch((error: unknown) => {
    if (signal.aborted) throw error
    const problem = error instanceof Error ? error.message || error.name : String(error)
    if (!hasBegun) throw new Failure(`Not begun: ${whyNot(problem, command)}`)
    throw new Failure(`Not finished: ${whyNot(problem, command)}`, {
      remedy: 'Run it again: it puts back the rest, and a message that is put back twice changes nothing.',
    })
  })
  if (staying > 0) endsWith(exit.endedBadly)
}

export const addRedrive = ({ command, run }: Program): void => {
  command('redrive')
    .description(
      'Put messages of dead-letter queues back; without --queue, list the queues. With AWS credentials',
    )
    .option('--queue <name>', 'the queue; may be given several times', listFrom)
    .option('--dry-run', 'show each message and where it would go, but put none back')
    .option('--stack <name>', 'the stack’s name (Groundcrew)')
    .option('--bus <arn>', 'for EventFailures: your own event bus, if the deployment uses one')
    .option('--local', 'the stack that npm start runs on this machine')
    .option('--data <folder>', 'with --local: where that stack keeps its data (.groundcrew)')
    .action((asked) => run((context) => redrive(context, asked)))
}
