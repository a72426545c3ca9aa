import { Option } from '@commander-js/extra-typings'
import type { Upgrade } from '../../client/index.ts'
import { wholeFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { fields } from '../output/fields.ts'
import type { Column } from '../output/table.ts'
import { ago, lookOf, reasonWith } from '../output/words.ts'

export const upgradeStates = [
  'pending',
  'upgrading',
  'succeeded',
  'failed',
  'timedOut',
  'rolledBack',
  'closed',
] as const

const columns: Column<Upgrade>[] = [
  { title: 'DEVICE', value: ({ deviceId }) => deviceId, whole: true },
  { title: 'FLEET', value: ({ fleet }) => fleet },
  { title: 'MODEL', value: ({ model }) => model },
  { title: 'FIRMWARE', value: ({ firmware }) => firmware?.version },
  { title: 'SOFTWARE', value: ({ software }) => software?.version },
  { title: 'UPGRADE', value: ({ state }) => state, style: ({ state }) => lookOf(state) },
  { title: 'SEEN', value: ({ lastSeenAt }) => lastSeenAt, shown: ({ lastSeenAt }) => ago(lastSeenAt) },
]

const showDevice = async ({ crew, out }: Context, deviceId: string): Promise<void> => {
  const device = await crew.devices.upgrade(deviceId)
  const { attempt, firmware, software, labels = {} } = device
  out.record(device, () =>
    fields(
      [
        ['device', device.deviceId],
        ['fleet', device.fleet],
        ['model', device.model],
        [
          'labels',
          Object.entries(labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(', '),
        ],
        ['behind', device.parentId],
        ['firmware', firmware?.version],
        ['software', software?.version],
        ['seen', device.lastSeenAt],
        ['sdk', device.sdk],
        ['upgrade', attempt && `${attempt.targetVersion} ${attempt.state}`],
        ['attempt', attempt?.id],
        ['waits for', attempt?.waitingFor],
        ['failure', attempt?.failure && reasonWith(attempt.failure)],
      ],
      out,
    ),
  )
}

export const addDevices = ({ command, run }: Program): void => {
  command('devices')
    .description('Devices, their versions and upgrades; or one of them')
    .argument('[device]', 'a device’s id')
    .addOption(new Option('--state <state>', 'whose upgrade is in this state').choices(upgradeStates))
    .option('--runs <version>', 'that run this version')
    .option('--fleet <name>', 'only of this fleet')
    .option('--campaign <id>', 'whose newest attempt is of this campaign')
    .option('-n, --limit <number>', 'the most to list', wholeFrom(1))
    .action((device, { state, runs, fleet, campaign, limit }) =>
      run((context) => {
        if (device !== undefined) return showDevice(context, device)
        const list = context.crew.upgrades.list({
          ...(state ? { state } : {}),
          ...(runs ? { version: runs } : {}),
          ...(fleet ? { fleet } : {}),
          ...(campaign ? { campaignId: campaign } : {}),
        })
        return context.out.list(list, columns, { limit, empty: 'No devices.' })
      }),
    )
}
