import { Option } from '@commander-js/extra-typings'
import type { Log, ModuleName } from '../../client/index.ts'
import { futureFrom, numbersFrom, pastFrom, secondsFrom, wholeFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import type { Column } from '../output/table.ts'
import { bytes } from '../output/words.ts'
import { askDock, collect, watch } from './collect.ts'
import { download } from './download.ts'
import { uploadColumns } from './uploads.ts'

type Row = Log & { module: ModuleName; listedAt: string | undefined }

const logColumns: Column<Row>[] = [
  { title: 'MODULE', value: ({ module }) => module },
  { title: 'BOOT', value: ({ bootIndex }) => bootIndex },
  { title: 'FROM', value: ({ startTime }) => startTime },
  { title: 'TO', value: ({ endTime }) => endTime },
  { title: 'SIZE', value: ({ sizeBytes }) => sizeBytes, shown: ({ sizeBytes }) => bytes(sizeBytes) },
]

const modules = ['aircraft', 'dock'] as const
const moduleOption = () => new Option('--module <names...>', 'only of these').choices(modules)

const states = [
  'requested',
  'accepted',
  'uploading',
  'uploaded',
  'verified',
  'missing',
  'rejected',
  'failed',
  'canceled',
  'timedOut',
  'partial',
] as const

type Listed = { module?: ModuleName[] | undefined; ask?: true | undefined; force?: true | undefined }

const list = async (context: Context, dock: string, asked: Listed): Promise<void> => {
  const { crew, out } = context
  if (asked.ask) await askDock(context, dock, { ...asked, again: `groundcrew logs list ${dock} --ask` })
  const known = (await crew.logs.get(dock)).modules.filter(
    ({ module }) => asked.module === undefined || asked.module.includes(module),
  )
  const rows = known.flatMap(({ module, listedAt, logs }) =>
    logs.map((log) => ({ module, listedAt, ...log })),
  )
  if (out.json) for (const row of rows) out.record(row, () => '')
  else out.rows(rows, logColumns)
  if (out.json) return
  if (known.length === 0) out.note(`Nobody has asked this dock yet: groundcrew logs list ${dock} --ask`)
  for (const { module, listedAt } of known) out.note(`${module}: as the dock said at ${out.safe(listedAt)}`)
}

const cancel = async ({ crew, out }: Context, dockSn: string, id: string): Promise<void> => {
  const upload = await crew.uploads.cancel({ dockSn, id })
  out.record(
    upload,
    () => `The dock is asked to stop. To see whether it does: groundcrew logs watch ${dockSn} ${id}`,
  )
}

const addReading = (logs: ReturnType<Program['command']>, run: Program['run']): void => {
  logs
    .command('list')
    .description('The logs that a dock and its aircraft hold, by its last answer')
    .argument('<dock>', 'a serial number')
    .addOption(moduleOption())
    .option('--ask', 'ask the dock first')
    .option('--force', 'even if the dock is known to be offline')
    .action((dock, asked) => run((context) => list(context, dock, asked)))
  logs
    .command('uploads')
    .description('Uploads, newest first')
    .argument('[dock]', 'only of this dock')
    .addOption(new Option('--state <state>', 'in this state').choices(states))
    .option('--fleet <name>', 'only of this fleet')
    .option('-n, --limit <number>', 'the most to list', wholeFrom(1), 50)
    .action((dock, { state, fleet, limit }) =>
      run(({ crew, out }) => {
        const narrow = { ...(state ? { state } : {}), ...(fleet ? { fleet } : {}) }
        const uploads = dock === undefined ? crew.uploads.list(narrow) : crew.uploads.listOf(dock)
        return out.list(uploads, uploadColumns, { limit, empty: 'No uploads.' })
      }),
    )
  logs
    .command('download')
    .description('Download the archives of an upload; resumes an earlier try')
    .argument('<dock>', 'a serial number')
    .argument('<upload>', 'its id')
    .addOption(moduleOption())
    .option('--to <folder>', 'where to put them', '.')
    .action((dockSn, id, asked) => run((context) => download(context, { dockSn, id }, asked)))
}

export const addLogs = ({ command, run }: Program): void => {
  const logs = command('logs').description('Logs of docks and their aircraft')
  addReading(logs, run)
  logs
    .command('collect')
    .description('Ask a dock for its logs, and have it upload the newest, or the selected ones')
    .argument('<dock>', 'a serial number')
    .addOption(moduleOption())
    .option('--last <number>', 'how many of the newest logs of each module (1)', wholeFrom(1, 1000))
    .option('--boots <numbers>', 'of these boots, as the list has them', numbersFrom)
    .option('--from <time>', 'from then on: a time, or a span ago like 2h', pastFrom)
    .option('--to <time>', 'with --from: up to then (now)', pastFrom)
    .option('--retries <number>', 'automatic retries', wholeFrom(0, 3))
    .option('--finish-by <time>', 'stop at that time, or after that span', futureFrom)
    .option('--note <text>', 'why, for the record')
    .option('--force', 'even if the dock is known to be offline')
    .option('--wait', 'wait for its end; the exit status says how it ended')
    .option('--download <folder>', 'wait, and download what has arrived')
    .option('--timeout <time>', 'with --wait: wait no longer than this', secondsFrom)
    .action((dock, asked) => run((context) => collect(context, dock, asked)))
  logs
    .command('watch')
    .description('Watch an upload and its retries until they end; the exit status says how')
    .argument('<dock>', 'a serial number')
    .argument('<upload>', 'its id')
    .option('--timeout <time>', 'wait no longer than this', secondsFrom)
    .option('--download <folder>', 'and download what has arrived')
    .action((dockSn, id, asked) => run((context) => watch(context, { dockSn, id }, asked)))
  logs
    .command('cancel')
    .description('Ask the dock to stop an upload')
    .argument('<dock>', 'a serial number')
    .argument('<upload>', 'its id')
    .action((dockSn, id) => run((context) => cancel(context, dockSn, id)))
}
