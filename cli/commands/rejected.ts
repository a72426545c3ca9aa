import type { RejectedMessage } from '../../client/index.ts'
import { wholeFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Column } from '../output/table.ts'
import { ago } from '../output/words.ts'

const columns: Column<RejectedMessage>[] = [
  { title: 'SOURCE', value: ({ source }) => source, whole: true },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'AT', value: ({ path }) => path },
  { title: 'COUNT', value: ({ count }) => count },
  { title: 'LAST', value: ({ lastAt }) => lastAt, shown: ({ lastAt }) => ago(lastAt) },
  { title: 'SAMPLE', value: ({ sample }) => sample },
]

export const addRejected = ({ command, run }: Program): void => {
  command('rejected')
    .description('Messages of devices that could not be parsed, and why')
    .option('--source <id>', 'only of this dock or device')
    .option('-n, --limit <number>', 'the most to list', wholeFrom(1), 50)
    .action(({ source, limit }) =>
      run(({ crew, out }) =>
        out.list(crew.rejected.list(source ? { source } : {}), columns, {
          limit,
          empty: 'No rejected messages.',
        }),
      ),
    )
}
