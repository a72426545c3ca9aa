import { Option } from '@commander-js/extra-typings'
import type { Dock } from '../../client/index.ts'
import { wholeFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { fields } from '../output/fields.ts'
import type { Column } from '../output/table.ts'
import { ago, lookOf } from '../output/words.ts'

const columns: Column<Dock>[] = [
  { title: 'DOCK', value: ({ dockSn }) => dockSn, whole: true },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'FLEET', value: ({ fleet }) => fleet },
  {
    title: 'PRESENCE',
    value: ({ presence }) => presence?.state,
    style: ({ presence }) => lookOf(presence?.state),
  },
  {
    title: 'UPLOAD',
    value: ({ activeUpload }) => activeUpload && `${activeUpload.state} ${activeUpload.percent} %`,
  },
  { title: 'HEARD', value: ({ lastHeardAt }) => lastHeardAt, shown: ({ lastHeardAt }) => ago(lastHeardAt) },
]

const showDock = async ({ crew, out }: Context, dockSn: string): Promise<void> => {
  const dock = await crew.docks.get(dockSn)
  const { presence, activeUpload, firmware } = { ...dock, firmware: dock.presence?.firmware ?? {} }
  out.record(dock, () =>
    fields(
      [
        ['dock', dock.dockSn],
        ['name', dock.name],
        ['fleet', dock.fleet],
        [
          'presence',
          [presence?.state, presence?.since && `since ${presence.since}`].filter(Boolean).join(' '),
        ],
        ['mode', presence?.mode],
        ['aircraft', dock.aircraftSn],
        ...Object.entries(firmware).map(([sn, version]): [string, string] => [
          'firmware',
          `${version} (${sn})`,
        ]),
        ['upload', activeUpload && `${activeUpload.id} ${activeUpload.state} ${activeUpload.percent} %`],
        ['heard', dock.lastHeardAt],
        ['organization', dock.organizationId],
      ],
      out,
    ),
  )
}

export const addDocks = ({ command, run }: Program): void => {
  command('docks')
    .description('Docks, whether they are online, and their uploads; or one of them')
    .argument('[dock]', 'a serial number')
    .option('--fleet <name>', 'only of this fleet')
    .addOption(
      new Option('--presence <state>', 'with this presence').choices([
        'online',
        'offline',
        'unknown',
      ] as const),
    )
    .option('-n, --limit <number>', 'the most to list', wholeFrom(1))
    .action((dock, { fleet, presence, limit }) =>
      run((context) => {
        if (dock !== undefined) return showDock(context, dock)
        const list = context.crew.docks.list({
          ...(fleet ? { fleet } : {}),
          ...(presence ? { presence } : {}),
        })
        return context.out.list(list, columns, { limit, empty: 'No docks.' })
      }),
    )
}
