import { Option } from '@commander-js/extra-typings'
import type { UpgradeAttempt } from '../../client/index.ts'
import { secondsFrom, wholeFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { type Exit, exit, Failure, misused } from '../exit.ts'
import type { Step } from '../output/progress.ts'
import type { Column } from '../output/table.ts'
import { ago, lookOf } from '../output/words.ts'
import { watched } from '../waiting.ts'

const columns: Column<UpgradeAttempt>[] = [
  { title: 'ATTEMPT', value: ({ id }) => id, whole: true },
  { title: 'TARGET', value: ({ targetVersion }) => targetVersion },
  { title: 'FROM', value: ({ fromVersion }) => fromVersion },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => lookOf(state) },
  { title: 'EVIDENCE', value: ({ evidence }) => evidence },
  { title: 'OPENED', value: ({ openedAt }) => openedAt, shown: ({ openedAt }) => ago(openedAt) },
  { title: 'CAMPAIGN', value: ({ campaignId }) => campaignId, whole: true },
  { title: 'REASON', value: ({ failure }) => failure?.reason },
]

const stepOf = ({ state, percent, waitingFor, targetVersion }: UpgradeAttempt): Step => ({
  text: [`${state} to ${targetVersion}`, waitingFor && `waits for its ${waitingFor}`]
    .filter(Boolean)
    .join(', '),
  part: percent === undefined ? undefined : percent / 100,
})

const exitOf = ({ state }: UpgradeAttempt): Exit =>
  state === 'succeeded' ? exit.done : state === 'closed' ? exit.stopped : exit.endedBadly

type Watched = { timeout?: number | undefined }

const watch = async (
  context: Context,
  { deviceId, id }: { deviceId: string; id: string },
  { timeout }: Watched,
): Promise<void> => {
  const { crew, out } = context
  const again = `groundcrew upgrades watch ${deviceId} ${id}`
  const ended = await watched(context, { timeout, again, step: stepOf }, (options) =>
    crew.upgrades.waitFor({ deviceId, id }, options),
  )
  context.endsWith(exitOf(ended))
  if (out.json) return
  out.rows([ended], columns)
  if (ended.failure) out.note(out.safe(ended.failure.advice))
}

/** The given attempt, or the newest. */
const idOf = async ({ crew }: Context, deviceId: string, id: string | undefined): Promise<string> => {
  const newest = id ?? (await crew.upgrades.attempts(deviceId).take(1))[0]?.id
  if (newest !== undefined) return newest
  throw new Failure(`The device ${deviceId} has had no upgrade`, {
    remedy: `Begin one: groundcrew upgrades open ${deviceId} --package-id <id>`,
  })
}

type Opening = Watched & {
  packageId?: string | undefined
  package?: 'firmware' | 'software' | undefined
  targetVersion?: string | undefined
  replace?: true | undefined
  wait?: true | undefined
}

const open = async (context: Context, deviceId: string, asked: Opening): Promise<void> => {
  const { packageId, package: of, targetVersion, replace } = asked
  if (packageId === undefined && (of === undefined || targetVersion === undefined))
    throw misused(
      'Name a package with --package-id, or another platform’s with --package and --target-version',
    )
  const attempt = await context.crew.upgrades.open(deviceId, {
    ...(packageId ? { packageId } : {}),
    ...(of ? { package: of } : {}),
    ...(targetVersion ? { targetVersion } : {}),
    ...(replace ? { replace } : {}),
  })
  if (asked.wait) return watch(context, attempt, asked)
  context.out.record(attempt, () => attempt.id)
}

export const addUpgrades = ({ command, run }: Program): void => {
  const upgrades = command('upgrades').description('Upgrades of single devices')
  upgrades
    .command('list')
    .description('The attempts to upgrade a device, newest first')
    .argument('<device>', 'a device’s id')
    .option('-n, --limit <number>', 'the most to list', wholeFrom(1), 50)
    .action((device, { limit }) =>
      run(({ crew, out }) =>
        out.list(crew.upgrades.attempts(device), columns, { limit, empty: 'No upgrades.' }),
      ),
    )
  upgrades
    .command('open')
    .description('Offer a device a package, or expect another platform to upgrade it')
    .argument('<device>', 'a device’s id')
    .option('--package-id <id>', 'the package to offer')
    .addOption(
      new Option('--package <kind>', 'what another platform upgrades').choices([
        'firmware',
        'software',
      ] as const),
    )
    .option('--target-version <version>', 'the version that another platform installs')
    .option('--replace', 'close an open attempt first')
    .option('--wait', 'wait for its end; the exit status says how it ended')
    .option('--timeout <time>', 'with --wait: wait no longer than this', secondsFrom)
    .action((device, asked) => run((context) => open(context, device, asked)))
  upgrades
    .command('watch')
    .description('Watch an upgrade until it ends; the exit status says how')
    .argument('<device>', 'a device’s id')
    .argument('[attempt]', 'its id (the newest)')
    .option('--timeout <time>', 'wait no longer than this', secondsFrom)
    .action((deviceId, attempt, asked) =>
      run(async (context) => watch(context, { deviceId, id: await idOf(context, deviceId, attempt) }, asked)),
    )
  upgrades
    .command('close')
    .description('Close an attempt; nothing is sent to the device')
    .argument('<device>', 'a device’s id')
    .argument('[attempt]', 'its id (the newest)')
    .action((deviceId, attempt) =>
      run(async (context) => {
        const id = await idOf(context, deviceId, attempt)
        const closed = await context.crew.upgrades.close({ deviceId, id })
        context.out.record(closed, () => `${context.out.safe(id)} ${closed.state}`)
      }),
    )
}
